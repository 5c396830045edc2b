/**
 * Host and database that a URL of PostgreSQL leads to. A `host` after the question mark wins over the one before it, as it
 * does for the driver.
 *
 * @param url begins with postgres:// or postgresql://
 * @returns each without its encoding; empty where the URL names none
 */
export function databaseOf(url: string): { readonly host: string; readonly database: string } {
  const { hostname, pathname, searchParams } = new URL(url)
  return {
    host: searchParams.get('host') || decodeURIComponent(hostname),
    database: decodeURIComponent(pathname.slice(1)),
  }
}
