CREATE TABLE "system_alerts" (
	"id" text PRIMARY KEY,
	"severity" text NOT NULL,
	"message" text NOT NULL,
	"raised_by_id" text,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "system_alerts_severity" CHECK ("severity" in ('info', 'warning', 'critical'))
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY,
	"config_id" text DEFAULT 'default' NOT NULL,
	"name" text,
	"start" text,
	"reference_id" text NOT NULL,
	"prefix" text,
	"key" text NOT NULL UNIQUE,
	"refill_interval" integer,
	"refill_amount" integer,
	"last_refill_at" timestamp(3) with time zone,
	"enabled" boolean DEFAULT true NOT NULL,
	"rate_limit_enabled" boolean DEFAULT false NOT NULL,
	"rate_limit_time_window" integer,
	"rate_limit_max" integer,
	"request_count" integer DEFAULT 0 NOT NULL,
	"remaining" integer,
	"last_request" timestamp(3) with time zone,
	"expires_at" timestamp(3) with time zone,
	"permissions" text,
	"metadata" text,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chain_blocks" (
	"chain_id" bigint,
	"number" bigint,
	"hash" text NOT NULL,
	"stored_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chain_blocks_pkey" PRIMARY KEY("chain_id","number")
);
--> statement-breakpoint
CREATE TABLE "mails" (
	"id" text PRIMARY KEY,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"locale" text NOT NULL,
	"content" bytea,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"claimed_until" timestamp(3) with time zone,
	"sent_at" timestamp(3) with time zone,
	"given_up_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mails_one_end" CHECK (num_nonnulls("sent_at", "given_up_at") <= 1),
	CONSTRAINT "mails_contents_cleared" CHECK ("content" is null or num_nonnulls("sent_at", "given_up_at") = 0)
);
--> statement-breakpoint
CREATE TABLE "exchange_rate_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "exchange_rate_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"base" text NOT NULL,
	"quote" text NOT NULL,
	"source" text NOT NULL,
	"rate" numeric(20,10) NOT NULL,
	"as_of" timestamp(3) with time zone NOT NULL,
	"fetched_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "exchange_rate_history_rate" CHECK ("rate" > 0)
);
--> statement-breakpoint
CREATE TABLE "exchange_rate_refreshes" (
	"only" boolean PRIMARY KEY DEFAULT true,
	"begun_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"fault" text,
	CONSTRAINT "exchange_rate_refreshes_only" CHECK ("only")
);
--> statement-breakpoint
CREATE TABLE "exchange_rates" (
	"base" text,
	"quote" text,
	"source" text,
	"rate" numeric(20,10) NOT NULL,
	"as_of" timestamp(3) with time zone NOT NULL,
	"fetched_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"quotation_id" bigint NOT NULL,
	CONSTRAINT "exchange_rates_pkey" PRIMARY KEY("base","quote","source"),
	CONSTRAINT "exchange_rates_rate" CHECK ("rate" > 0),
	CONSTRAINT "exchange_rates_pair" CHECK ("base" ~ '^[A-Z]{3}$' and "quote" ~ '^[A-Z]{3}$' and "base" <> "quote")
);
--> statement-breakpoint
CREATE TABLE "notification_settings" (
	"user_id" text PRIMARY KEY,
	"preferences" jsonb NOT NULL,
	"webhook_url" text,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_settings" (
	"user_id" text PRIMARY KEY,
	"locale" text NOT NULL,
	"time_zone" text NOT NULL,
	"currency" text NOT NULL,
	"theme" text NOT NULL,
	"date_format" text NOT NULL,
	"number_format" text NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_settings_theme" CHECK ("theme" in ('light', 'dark', 'system')),
	CONSTRAINT "user_settings_currency" CHECK ("currency" ~ '^[A-Z]{3}$')
);
--> statement-breakpoint
CREATE TABLE "token_metadata" (
	"id" text PRIMARY KEY,
	"chain_id" bigint NOT NULL,
	"address" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"name" text NOT NULL,
	"symbol" text NOT NULL,
	"decimals" integer NOT NULL,
	"description" text,
	"logo_key" text,
	"logo_version_id" text,
	"metadata_key" text NOT NULL,
	"metadata_version_id" text,
	"published_by_id" text NOT NULL,
	"sealed_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "token_metadata_chain_id" CHECK ("chain_id" between 1 and 9007199254740991),
	CONSTRAINT "token_metadata_address" CHECK ("address" ~ '^0x[0-9a-f]{40}$'),
	CONSTRAINT "token_metadata_decimals" CHECK ("decimals" between 0 and 255)
);
--> statement-breakpoint
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
	CONSTRAINT "token_transfers_chain_id" CHECK ("chain_id" between 1 and 9007199254740991),
	CONSTRAINT "token_transfers_kind" CHECK ("kind" = case when "from" = '0x0000000000000000000000000000000000000000' then 'mint' when "to" = '0x0000000000000000000000000000000000000000' then 'burn' else 'transfer' end),
	CONSTRAINT "token_transfers_amount" CHECK ("amount" >= 0),
	CONSTRAINT "token_transfers_log_index" CHECK ("log_index" >= 0)
);
--> statement-breakpoint
CREATE INDEX "system_alerts_created_at_idx" ON "system_alerts" ("created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "api_keys_reference_id_idx" ON "api_keys" ("reference_id");--> statement-breakpoint
CREATE INDEX "users_name_prefix_idx" ON "users" (lower("name") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_created_at_idx" ON "users" ("created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "users_role_created_at_idx" ON "users" ("role","created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "users_banned_idx" ON "users" ("created_at" DESC,"id" DESC) WHERE "banned";--> statement-breakpoint
CREATE INDEX "mails_user_id_kind_idx" ON "mails" ("user_id","kind","created_at");--> statement-breakpoint
CREATE INDEX "exchange_rate_history_pair_idx" ON "exchange_rate_history" ("base","quote","source","fetched_at" DESC);--> statement-breakpoint
CREATE INDEX "exchange_rate_history_quote_idx" ON "exchange_rate_history" ("quote","fetched_at");--> statement-breakpoint
CREATE INDEX "exchange_rate_history_manual_idx" ON "exchange_rate_history" ("base","fetched_at") WHERE "source" = 'manual';--> statement-breakpoint
CREATE INDEX "exchange_rate_history_provider_idx" ON "exchange_rate_history" ("fetched_at") WHERE "source" <> 'manual';--> statement-breakpoint
CREATE UNIQUE INDEX "exchange_rates_quotation_id_key" ON "exchange_rates" ("quotation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "token_metadata_chain_id_address_key" ON "token_metadata" ("chain_id","address");--> statement-breakpoint
CREATE UNIQUE INDEX "token_transfers_log_key" ON "token_transfers" ("chain_id","block_hash","log_index");--> statement-breakpoint
CREATE INDEX "token_transfers_timestamp_idx" ON "token_transfers" ("timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_chain_id_idx" ON "token_transfers" ("chain_id","timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_token_idx" ON "token_transfers" ("token","timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_from_idx" ON "token_transfers" ("from","timestamp" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "token_transfers_to_idx" ON "token_transfers" ("to","timestamp" DESC,"id" DESC);--> statement-breakpoint
ALTER TABLE "system_alerts" ADD CONSTRAINT "system_alerts_raised_by_id_users_id_fkey" FOREIGN KEY ("raised_by_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_reference_id_users_id_fkey" FOREIGN KEY ("reference_id") REFERENCES "users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "exchange_rates" ADD CONSTRAINT "exchange_rates_quotation_id_exchange_rate_history_id_fkey" FOREIGN KEY ("quotation_id") REFERENCES "exchange_rate_history"("id");--> statement-breakpoint
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "user_settings" ADD CONSTRAINT "user_settings_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "token_metadata" ADD CONSTRAINT "token_metadata_published_by_id_users_id_fkey" FOREIGN KEY ("published_by_id") REFERENCES "users"("id");