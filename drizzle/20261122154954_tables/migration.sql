CREATE TYPE "kyc_document_type" AS ENUM('id_front', 'id_back', 'selfie', 'proof_of_address');--> statement-breakpoint
CREATE TYPE "upload_state" AS ENUM('pending', 'completed', 'closed');--> statement-breakpoint
CREATE TYPE "id_document_type" AS ENUM('passport', 'drivers_license', 'national_id');--> statement-breakpoint
CREATE TYPE "kyc_rejection_kind" AS ENUM('retry', 'final');--> statement-breakpoint
CREATE TYPE "kyc_status" AS ENUM('draft', 'submitted', 'under_review', 'additional_info_required', 'approved', 'rejected', 'expired', 'revoked');--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" text PRIMARY KEY,
	"user_id" text NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp(3) with time zone,
	"refresh_token_expires_at" timestamp(3) with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY,
	"user_id" text NOT NULL,
	"token" text NOT NULL UNIQUE,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"impersonated_by" text,
	"stepped_up_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY,
	"name" text DEFAULT '' NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"wallet_address" text,
	"role" text DEFAULT 'investor' NOT NULL,
	"banned" boolean DEFAULT false NOT NULL,
	"ban_reason" text,
	"ban_expires" timestamp(3) with time zone,
	"two_factor_enabled" boolean DEFAULT false NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_role_check" CHECK ("role" in ('investor', 'compliance', 'admin')),
	CONSTRAINT "users_wallet_address_check" CHECK ("wallet_address" ~ '^0x[0-9a-f]{40}$')
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"id" text PRIMARY KEY,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kyc_documents" (
	"id" text PRIMARY KEY,
	"application_id" text NOT NULL,
	"upload_id" text NOT NULL UNIQUE,
	"uploaded_by_id" text NOT NULL,
	"document_type" "kyc_document_type" NOT NULL,
	"file_name" text NOT NULL,
	"content_type" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"storage_key" text NOT NULL UNIQUE,
	"version_id" text,
	"missing_at" timestamp(3) with time zone,
	"uploaded_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "kyc_documents_size" CHECK ("size" > 0),
	CONSTRAINT "kyc_documents_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "object_deletions" (
	"storage_key" text PRIMARY KEY,
	"bucket" text NOT NULL,
	"document_id" text,
	"application_id" text,
	"requested_by_id" text,
	"requested_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp(3) with time zone,
	"deleted_versions" integer
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" text PRIMARY KEY,
	"user_id" text NOT NULL,
	"application_id" text,
	"document_type" "kyc_document_type",
	"document_id" text UNIQUE,
	"file_name" text NOT NULL,
	"content_type" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"state" "upload_state" DEFAULT 'pending'::"upload_state" NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uploads_size" CHECK ("size" > 0),
	CONSTRAINT "uploads_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "uploads_kyc_document" CHECK (num_nulls("application_id", "document_type", "document_id") in (0, 3))
);
--> statement-breakpoint
CREATE TABLE "event_trims" (
	"stream" text,
	"position" bigint,
	"hash" bytea NOT NULL,
	"trimmed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_trims_pkey" PRIMARY KEY("stream","position")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"stream" text,
	"position" bigint,
	"type" text NOT NULL,
	"subject_id" text,
	"actor_id" text,
	"tags" text[] NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"previous_hash" bytea NOT NULL,
	"hash" bytea NOT NULL,
	CONSTRAINT "events_pkey" PRIMARY KEY("stream","position")
);
--> statement-breakpoint
CREATE TABLE "kyc_applications" (
	"id" text PRIMARY KEY,
	"version" integer DEFAULT 1 NOT NULL,
	"user_id" text NOT NULL,
	"status" "kyc_status" DEFAULT 'draft'::"kyc_status" NOT NULL,
	"first_name" text,
	"last_name" text,
	"date_of_birth" bytea,
	"nationality" text,
	"residence_country" text,
	"residence_address" bytea,
	"id_document_type" "id_document_type",
	"id_document_number" bytea,
	"id_document_number_digest" bytea,
	"id_document_expiry" date,
	"submitted_at" timestamp(3) with time zone,
	"reviewed_at" timestamp(3) with time zone,
	"reviewed_by_id" text,
	"rejection_reason" text,
	"rejection_kind" "kyc_rejection_kind",
	"expires_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "kyc_applications_reviewer_is_not_applicant" CHECK ("reviewed_by_id" <> "user_id"),
	CONSTRAINT "kyc_applications_submitted" CHECK ("status" = 'draft' or "submitted_at" is not null),
	CONSTRAINT "kyc_applications_decided" CHECK ("status" not in ('approved', 'rejected', 'revoked', 'expired') or ("reviewed_at" is not null and "reviewed_by_id" is not null)),
	CONSTRAINT "kyc_applications_approved" CHECK ("status" <> 'approved' or "expires_at" > "reviewed_at"),
	CONSTRAINT "kyc_applications_rejected" CHECK ("status" <> 'rejected' or ("rejection_reason" is not null and "rejection_kind" is not null)),
	CONSTRAINT "kyc_applications_nationality" CHECK ("nationality" ~ '^[A-Z]{2}$'),
	CONSTRAINT "kyc_applications_residence_country" CHECK ("residence_country" ~ '^[A-Z]{2}$')
);
--> statement-breakpoint
CREATE TABLE "kyc_reveals" (
	"id" text PRIMARY KEY,
	"application_id" text NOT NULL,
	"revealed_to_id" text NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kyc_status_changes" (
	"id" text PRIMARY KEY,
	"application_id" text NOT NULL,
	"version" integer NOT NULL,
	"from_status" "kyc_status",
	"to_status" "kyc_status" NOT NULL,
	"changed_by_id" text,
	"reason" text,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "accounts_user_id_idx" ON "accounts" ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "accounts_provider_id_account_id_key" ON "accounts" ("provider_id","account_id");--> statement-breakpoint
CREATE INDEX "sessions_user_id_idx" ON "sessions" ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_key" ON "users" (lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "users_wallet_address_key" ON "users" ("wallet_address");--> statement-breakpoint
CREATE INDEX "users_email_prefix_idx" ON "users" (lower("email") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "verifications_identifier_idx" ON "verifications" ("identifier");--> statement-breakpoint
CREATE INDEX "kyc_documents_application_id_idx" ON "kyc_documents" ("application_id","uploaded_at","id");--> statement-breakpoint
CREATE INDEX "object_deletions_open_idx" ON "object_deletions" ("requested_at") WHERE "deleted_at" is null;--> statement-breakpoint
CREATE INDEX "uploads_user_id_idx" ON "uploads" ("user_id");--> statement-breakpoint
CREATE INDEX "uploads_application_id_idx" ON "uploads" ("application_id") WHERE "state" = 'pending';--> statement-breakpoint
CREATE INDEX "uploads_expires_at_idx" ON "uploads" ("expires_at") WHERE "state" = 'pending';--> statement-breakpoint
CREATE INDEX "events_audit_idx" ON "events" ("created_at","stream","position") WHERE ("stream" not in ('transfers', 'rates') or "type" = 'rate.set');--> statement-breakpoint
CREATE INDEX "events_audit_subject_id_idx" ON "events" ("subject_id") WHERE ("stream" not in ('transfers', 'rates') or "type" = 'rate.set');--> statement-breakpoint
CREATE INDEX "events_audit_actor_id_idx" ON "events" ("actor_id") WHERE ("stream" not in ('transfers', 'rates') or "type" = 'rate.set');--> statement-breakpoint
CREATE INDEX "kyc_applications_user_id_idx" ON "kyc_applications" ("user_id","created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "kyc_applications_status_submitted_at_idx" ON "kyc_applications" ("status","submitted_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "kyc_applications_submitted_at_idx" ON "kyc_applications" ("submitted_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "kyc_applications_created_at_idx" ON "kyc_applications" ("created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "kyc_applications_expires_at_idx" ON "kyc_applications" ("expires_at") WHERE "status" = 'approved';--> statement-breakpoint
CREATE INDEX "kyc_applications_number_digest_idx" ON "kyc_applications" ("id_document_number_digest");--> statement-breakpoint
CREATE INDEX "kyc_applications_first_name_idx" ON "kyc_applications" (lower("first_name") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "kyc_applications_last_name_idx" ON "kyc_applications" (lower("last_name") text_pattern_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "kyc_applications_one_undecided" ON "kyc_applications" ("user_id") WHERE "status" in ('draft', 'submitted', 'under_review', 'additional_info_required');--> statement-breakpoint
CREATE UNIQUE INDEX "kyc_applications_one_approved" ON "kyc_applications" ("user_id") WHERE "status" = 'approved';--> statement-breakpoint
CREATE INDEX "kyc_reveals_application_id_idx" ON "kyc_reveals" ("application_id");--> statement-breakpoint
CREATE UNIQUE INDEX "kyc_status_changes_application_id_version_key" ON "kyc_status_changes" ("application_id","version");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "kyc_documents" ADD CONSTRAINT "kyc_documents_application_id_kyc_applications_id_fkey" FOREIGN KEY ("application_id") REFERENCES "kyc_applications"("id");--> statement-breakpoint
ALTER TABLE "kyc_documents" ADD CONSTRAINT "kyc_documents_upload_id_uploads_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "uploads"("id");--> statement-breakpoint
ALTER TABLE "kyc_documents" ADD CONSTRAINT "kyc_documents_uploaded_by_id_users_id_fkey" FOREIGN KEY ("uploaded_by_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "object_deletions" ADD CONSTRAINT "object_deletions_application_id_kyc_applications_id_fkey" FOREIGN KEY ("application_id") REFERENCES "kyc_applications"("id");--> statement-breakpoint
ALTER TABLE "object_deletions" ADD CONSTRAINT "object_deletions_requested_by_id_users_id_fkey" FOREIGN KEY ("requested_by_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_application_id_kyc_applications_id_fkey" FOREIGN KEY ("application_id") REFERENCES "kyc_applications"("id");--> statement-breakpoint
ALTER TABLE "kyc_applications" ADD CONSTRAINT "kyc_applications_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "kyc_applications" ADD CONSTRAINT "kyc_applications_reviewed_by_id_users_id_fkey" FOREIGN KEY ("reviewed_by_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "kyc_reveals" ADD CONSTRAINT "kyc_reveals_application_id_kyc_applications_id_fkey" FOREIGN KEY ("application_id") REFERENCES "kyc_applications"("id");--> statement-breakpoint
ALTER TABLE "kyc_reveals" ADD CONSTRAINT "kyc_reveals_revealed_to_id_users_id_fkey" FOREIGN KEY ("revealed_to_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "kyc_status_changes" ADD CONSTRAINT "kyc_status_changes_application_id_kyc_applications_id_fkey" FOREIGN KEY ("application_id") REFERENCES "kyc_applications"("id");--> statement-breakpoint
ALTER TABLE "kyc_status_changes" ADD CONSTRAINT "kyc_status_changes_changed_by_id_users_id_fkey" FOREIGN KEY ("changed_by_id") REFERENCES "users"("id");