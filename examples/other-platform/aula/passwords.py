"""Passwords, as scrypt$<n>$<r>$<p>$<salt, hex>$<hash, hex>. The cost travels with the hash."""

import hashlib
import hmac


def is_right(password: str, stored: str) -> bool:
    kind, n, r, p, salt, expected = stored.split("$")
    if kind != "scrypt":
        raise ValueError(f"a secret of an unknown kind: {kind}")
    seen = hashlib.scrypt(
        password.encode(), salt=bytes.fromhex(salt), n=int(n), r=int(r), p=int(p), dklen=len(expected) // 2
    )
    return hmac.compare_digest(seen.hex(), expected)
