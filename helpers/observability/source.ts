/** Something that can be asked again and again what it sees now. */
export interface Source<Value> extends AsyncDisposable {
  /**
   * @param signal aborts when the answer is not wanted any more; a source that cannot stop asking may ignore it.
   * @throws whatever went wrong. The sampler makes it a sample without a value; the next look starts afresh.
   */
  look(signal: AbortSignal): Promise<Value>
}
