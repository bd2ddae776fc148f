CREATE INDEX "users_name_prefix_idx" ON "users" (lower("name") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_created_at_idx" ON "users" ("created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "users_role_created_at_idx" ON "users" ("role","created_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "users_banned_idx" ON "users" ("created_at" DESC,"id" DESC) WHERE "banned";