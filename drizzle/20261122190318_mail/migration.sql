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
CREATE INDEX "mails_user_id_kind_idx" ON "mails" ("user_id","kind","created_at");--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE;