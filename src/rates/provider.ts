/** What a source says: 1 base = rate quote. Rates are texts, as they stand in the answer: no number of JavaScript holds them. */
export type Quotations = { source: string; base: string; asOf: Date; rates: { quote: string; rate: string }[] }

/** Where rates come from. An answer is whole and plausible in itself, or it is a RateProviderError. */
export type RateProvider = { name: string; fetch(signal: AbortSignal): Promise<Quotations> }

/** A provider that does not answer, or whose answer is not to be believed. Nothing changes because of it. */
export class RateProviderError extends Error {}
