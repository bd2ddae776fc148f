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
--> statement-breakpoint
-- The rule by which every rate that is shown is found. A moment of null is now; a manual rate counts until it expires.
-- 1. What was set by hand last, of the pair or its inverse.
-- 2. Over the base of the provider that answered last: each leg is what was set by hand, else what the provider says.
-- Both come as quotients, so that whatever is computed from them is rounded once.

-- What a source says of a pair. At a moment, what still holds shows when it was last fetched.
CREATE FUNCTION quotation_at(p_base text, p_quote text, p_source text, p_at timestamptz)
RETURNS TABLE (id bigint, rate numeric, as_of timestamptz, fetched_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE AS $$
  (SELECT r.quotation_id, r.rate, r.as_of, r.fetched_at, r.expires_at
   FROM exchange_rates r
   WHERE p_at IS NULL AND r.base = p_base AND r.quote = p_quote AND r.source = p_source)
  UNION ALL
  (SELECT h.id, h.rate, h.as_of, coalesce(r.fetched_at, h.fetched_at), coalesce(r.expires_at, h.expires_at)
   FROM exchange_rate_history h LEFT JOIN exchange_rates r ON r.quotation_id = h.id
   WHERE h.base = p_base AND h.quote = p_quote AND h.source = p_source AND h.fetched_at <= p_at
   ORDER BY h.fetched_at DESC LIMIT 1)
$$;
--> statement-breakpoint
CREATE FUNCTION manual_rate_at(p_base text, p_quote text, p_at timestamptz)
RETURNS TABLE (id bigint, numerator numeric, denominator numeric, as_of timestamptz, fetched_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT q.id, q.rate, 1::numeric, q.as_of, q.fetched_at, q.expires_at
  FROM quotation_at(p_base, p_quote, 'manual', p_at) q WHERE q.expires_at > coalesce(p_at, now())
  UNION ALL
  SELECT q.id, 1::numeric, q.rate, q.as_of, q.fetched_at, q.expires_at
  FROM quotation_at(p_quote, p_base, 'manual', p_at) q WHERE q.expires_at > coalesce(p_at, now())
  ORDER BY id DESC LIMIT 1
$$;
--> statement-breakpoint
-- The provider that answered last.
CREATE FUNCTION rate_provider_at(p_at timestamptz)
RETURNS TABLE (source text, base text, as_of timestamptz, fetched_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE AS $$
  (SELECT r.source, r.base, r.as_of, r.fetched_at, r.expires_at FROM exchange_rates r
   WHERE p_at IS NULL AND r.source <> 'manual' ORDER BY r.fetched_at DESC LIMIT 1)
  UNION ALL
  (SELECT h.source, h.base, h.as_of, h.fetched_at, h.expires_at FROM exchange_rate_history h
   WHERE h.fetched_at <= p_at AND h.source <> 'manual' ORDER BY h.fetched_at DESC LIMIT 1)
$$;
--> statement-breakpoint
-- From a provider's base to a currency. From the base to itself there is nothing that anybody said.
CREATE FUNCTION rate_leg_at(p_base text, p_quote text, p_source text, p_at timestamptz)
RETURNS TABLE (id bigint, numerator numeric, denominator numeric, source text, as_of timestamptz, fetched_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT l.id, l.numerator, l.denominator, l.source, l.as_of, l.fetched_at, l.expires_at FROM (
    SELECT 1 AS rank, m.id, m.numerator, m.denominator, 'manual' AS source, m.as_of, m.fetched_at, m.expires_at
    FROM manual_rate_at(p_base, p_quote, p_at) m
    UNION ALL
    SELECT 2, q.id, q.rate, 1, p_source, q.as_of, q.fetched_at, q.expires_at
    FROM quotation_at(p_base, p_quote, p_source, p_at) q
    UNION ALL
    SELECT 3, NULL, 1, 1, NULL, NULL, NULL, NULL WHERE p_base = p_quote
  ) l ORDER BY l.rank LIMIT 1
$$;
--> statement-breakpoint
-- The rates of a base; without quotes those of every currency that is known now. What cannot be computed is left out.
-- `legs` are the quotations that a rate rests on, the newest first.
CREATE FUNCTION exchange_rates_at(p_base text, p_quotes text[], p_at timestamptz)
RETURNS TABLE (base text, quote text, rate numeric, source text, as_of timestamptz, fetched_at timestamptz, expires_at timestamptz, legs bigint[])
LANGUAGE sql STABLE AS $$
  WITH wanted AS (
    SELECT unnest(p_quotes) AS quote
    UNION
    SELECT v.currency FROM exchange_rates r, LATERAL (VALUES (r.base), (r.quote)) v (currency)
    WHERE p_quotes IS NULL AND v.currency <> p_base
  ), own AS MATERIALIZED (
    SELECT p.base AS provider_base, p.source AS provider, p.as_of AS provider_as_of, p.fetched_at AS provider_fetched_at,
      p.expires_at AS provider_expires_at, b.*
    FROM rate_provider_at(p_at) p, rate_leg_at(p.base, p_base, p.source, p_at) b
  )
  SELECT p_base, wanted.quote, found.rate, found.source, found.as_of, found.fetched_at, found.expires_at, found.legs
  FROM wanted CROSS JOIN LATERAL (
    SELECT 1 AS rank, half_even(m.numerator, m.denominator) AS rate, 'manual' AS source, m.as_of, m.fetched_at, m.expires_at,
      ARRAY[m.id] AS legs
    FROM manual_rate_at(p_base, wanted.quote, p_at) m
    UNION ALL
    SELECT 2, half_even(q.numerator * own.denominator, q.denominator * own.numerator),
      CASE WHEN own.source <> q.source THEN least(own.source, q.source) || '+' || greatest(own.source, q.source)
        ELSE coalesce(own.source, q.source, own.provider) END,
      coalesce(least(own.as_of, q.as_of), own.provider_as_of),
      coalesce(least(own.fetched_at, q.fetched_at), own.provider_fetched_at),
      coalesce(least(own.expires_at, q.expires_at), own.provider_expires_at),
      CASE WHEN p_base = wanted.quote THEN '{}' ELSE array_remove(ARRAY[greatest(own.id, q.id), least(own.id, q.id)], NULL) END
    FROM own, rate_leg_at(own.provider_base, wanted.quote, own.provider, p_at) q
    ORDER BY rank LIMIT 1
  ) found
  WHERE found.rate > 0
$$;
