CREATE TABLE "token_transfers" (
	"id" text PRIMARY KEY,
	"chain_id" bigint NOT NULL,
	"token" text NOT NULL,
	"kind" text NOT NULL,
	"from" text NOT NULL,
	"to" text NOT NULL,
	"amount" numeric(78,0) NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"timestamp" timestamp(3) with time zone NOT NULL,
	"retracted_at" timestamp(3) with time zone,
	"recorded_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "token_transfers_amount" CHECK ("amount" >= 0),
	CONSTRAINT "token_transfers_log_index" CHECK ("log_index" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX "token_transfers_log_key" ON "token_transfers" ("chain_id","block_hash","log_index");--> statement-breakpoint
CREATE INDEX "token_transfers_timestamp_idx" ON "token_transfers" ("timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_token_idx" ON "token_transfers" ("token","timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_from_idx" ON "token_transfers" ("from","timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_to_idx" ON "token_transfers" ("to","timestamp" DESC,"id" DESC);