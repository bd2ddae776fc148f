CREATE TABLE "exchange_rate_refreshes" (
	"only" boolean PRIMARY KEY DEFAULT true,
	"begun_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"fault" text,
	CONSTRAINT "exchange_rate_refreshes_only" CHECK ("only")
);
--> statement-breakpoint
ALTER TABLE "exchange_rates" ADD COLUMN "quotation_id" bigint NOT NULL;--> statement-breakpoint
DROP INDEX "exchange_rate_history_pair_idx";--> statement-breakpoint
CREATE INDEX "exchange_rate_history_pair_idx" ON "exchange_rate_history" ("base","quote","source","fetched_at" DESC);--> statement-breakpoint
CREATE INDEX "exchange_rate_history_quote_idx" ON "exchange_rate_history" ("quote","fetched_at");--> statement-breakpoint
CREATE INDEX "exchange_rate_history_manual_idx" ON "exchange_rate_history" ("base","fetched_at") WHERE "source" = 'manual';--> statement-breakpoint
CREATE INDEX "exchange_rate_history_provider_idx" ON "exchange_rate_history" ("fetched_at") WHERE "source" <> 'manual';--> statement-breakpoint
CREATE UNIQUE INDEX "exchange_rates_quotation_id_key" ON "exchange_rates" ("quotation_id");--> statement-breakpoint
ALTER TABLE "exchange_rates" ADD CONSTRAINT "exchange_rates_quotation_id_exchange_rate_history_id_fkey" FOREIGN KEY ("quotation_id") REFERENCES "exchange_rate_history"("id");