/** Thrown when a single tool is asked for its help, before it looks at anything: the entry prints it and ends with 0. */
export class ToolHelp extends Error {
  override readonly name = 'ToolHelp'
}
