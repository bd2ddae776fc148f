-- What was quoted once was quoted for ever, for the owner as well.
CREATE TRIGGER exchange_rate_history_append_only BEFORE UPDATE OR DELETE ON exchange_rate_history
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER exchange_rate_history_no_truncate BEFORE TRUNCATE ON exchange_rate_history
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON exchange_rate_history FROM gatehouse_gateway;
--> statement-breakpoint
-- A positive quotient, half-even to ten decimals (IEEE 754 roundTiesToEven): from its exact remainder, rounded once.
CREATE FUNCTION half_even(numerator numeric, denominator numeric DEFAULT 1) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  scaled numeric := numerator * 10000000000;
  whole numeric := div(scaled, denominator);
  twice_the_rest numeric := 2 * (scaled - whole * denominator);
BEGIN
  IF twice_the_rest > denominator OR (twice_the_rest = denominator AND mod(whole, 2) = 1) THEN
    whole := whole + 1;
  END IF;
  RETURN whole * 0.0000000001;
END $$;
