export * from './auth.ts'
export * from './document.ts'
export * from './event.ts'
export * from './kyc.ts'
