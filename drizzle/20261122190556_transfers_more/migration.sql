CREATE TABLE "chain_blocks" (
	"chain_id" bigint,
	"number" bigint,
	"hash" text NOT NULL,
	"stored_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chain_blocks_pkey" PRIMARY KEY("chain_id","number")
);
--> statement-breakpoint
CREATE INDEX "token_transfers_chain_id_idx" ON "token_transfers" ("chain_id","timestamp" DESC,"id" DESC);--> statement-breakpoint
ALTER TABLE "token_transfers" ADD CONSTRAINT "token_transfers_chain_id" CHECK ("chain_id" between 1 and 9007199254740991);--> statement-breakpoint
ALTER TABLE "token_transfers" ADD CONSTRAINT "token_transfers_kind" CHECK ("kind" = case when "from" = '0x0000000000000000000000000000000000000000' then 'mint' when "to" = '0x0000000000000000000000000000000000000000' then 'burn' else 'transfer' end);