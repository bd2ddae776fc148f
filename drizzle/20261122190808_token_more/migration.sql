ALTER TABLE "token_metadata" ADD COLUMN "logo_version_id" text;--> statement-breakpoint
ALTER TABLE "token_metadata" ADD COLUMN "metadata_version_id" text;