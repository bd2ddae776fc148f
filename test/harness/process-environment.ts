/** What a process of ours needs of the environment of the tests: a way to its tools, and what others have compiled already. */
export const processEnvironment = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
}
