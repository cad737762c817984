#!/usr/bin/env python3
"""Check a Comity case file offline.

    python3 verify.py FILE --trust TRUST [--json] [--lang en|zh]

Written from README.md and casefile.md beside it, and from nothing else; "§" below is a section
of README.md, "case §" one of casefile.md. Python 3.9 and its standard library are all it needs.
Exit status: 0 all is well; 1 a fault, named on the first line; 2 wrong usage. The file is read
once, forwards; parts and attachments of any size pass through in small pieces.
"""
import argparse
import base64
import collections
import datetime
import functools
import hashlib
import itertools
import json
import os
import re
import sys
import unicodedata

# §1 and §7: bytes of a JSON object; case §2: bytes of a record, and records of a kind. All are checked first.
JSON_MOST, MOST = 65536, {'manifest': 131072, 'header': 262144, '[signature]0-8': 131072,
                          **dict.fromkeys(('chain', 'roster', 'profile'), 262144), **dict.fromkeys(('prekey', 'filereceipt'), 1 << 20)}
RECORD_MOST, COUNT_MOST = {'A': 32 << 20, 'I': 1 << 20, 'Q': 65536, 'd': 1 << 20}, {'C': 1000, 'R': 10000}

class Fault(Exception):
    """Case §3: a fault stops the check. `why` is a key of TEXT: the code, of `format` also which."""
    def __init__(self, why, **names):
        self.why, self.names, self.code = why, names, why.split('.')[0]

def need(condition, why, **names):
    """Raise the fault `why` unless the condition holds."""
    if not condition:
        raise Fault(why, **names)

# ---------------------------------------------------------------- §1 Spelling: JSON
def clock(v):
    """§1, time: read."""
    return datetime.datetime.strptime(v, '%Y-%m-%dT%H:%M:%S.%fZ')

def moment(v):
    """§1, time: one that exists, in its one spelling."""
    try:
        return isinstance(v, str) and clock(v).isoformat(timespec='milliseconds') + 'Z' == v > '0001-01-01T00:00:00.000Z'
    except ValueError:
        return False

def text(v):
    """§1: a string in Unicode NFC, with at most 30 combining marks in a row."""
    if not isinstance(v, str) or unicodedata.normalize('NFC', v) != v:
        return False
    runs = itertools.groupby(unicodedata.normalize('NFKD', v), lambda c: unicodedata.combining(c) != 0)
    return all(not marks or len(list(run)) <= 30 for marks, run in runs)

def file_name(v):
    """§3, file: 1 to 255 bytes; no `/`, `\\`, control or bidirectional control character; not `.` or `..`."""
    odd = '[/\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
    return text(v) and 1 <= len(v.encode(errors='replace')) <= 255 and not re.search(odd + r'|^\.\.?$', v)

def plain(v, low, high):
    """§3, chain and profile: so many bytes of text, and none that cannot be seen."""
    return text(v) and low <= len(v.encode(errors='replace')) <= high and not any(
        unicodedata.category(c) in ('Cc', 'Cf', 'Co', 'Cs') for c in v)

# §1 and §3. The patterns of bytes allow only the zero bits with which base64 ends.
WORDS = {name: (lambda v, pattern=pattern: isinstance(v, str) and bool(re.fullmatch(pattern, v))) for name, pattern in {
    'hash': '(?!0{64})[0-9a-f]{64}', 'link': '((?!0{64})[0-9a-f]{64})?', 'handling': 'H[0-3]', 'suite': 'E1|F1', 'seat-suite': 'E1|F1|P1',
    'bytes': '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?',
    'bytes-32': '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=', 'realm': 'live|exercise:[a-z0-9][a-z0-9-]{0,31}',
    'party': '[a-z][a-z0-9-]{1,15}', 'seat': '[a-z][a-z0-9-]{1,39}', 'part-name': '[a-z][a-z0-9-]{0,31}',
    'matter': '[A-Z][A-Z0-9-]{1,15}-20[0-9]{2}-[0-9]{6}', 'kind': r'(?=.{1,40}$)[a-z]+(\.[a-z]+)*',
    'media-type': '[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}', 'tlp': r'CLEAR|GREEN|AMBER(\+STRICT)?|RED',
    'class': 'dual|sole_emergency|seat', 'role': 'draft|release|registrar',
    'endpoint': r'(?=.{1,255}$)https://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[1-9][0-9]{0,4})?',
    'control-type': 'chain|roster|prekey|profile|filereceipt', 'stored': 'stored',
    'code': 'manifest|duplicate|recipient|signature|seat|class|part|kind|body|matter'}.items()}
WORDS.update({
    '1': lambda v: type(v) is int and v == 1, 'int': lambda v: type(v) is int and 0 <= v <= 1 << 53,
    'below-64': lambda v: type(v) is int and 0 <= v < 64, 'plain': lambda v: plain(v, 1, 255),
    'suite-name': lambda v: plain(v, 1, 8) and v != 'P1', 'lang': lambda v: text(v) and 2 <= len(v.encode(errors='replace')) <= 35,
    'sig': lambda v: WORDS['bytes'](v) and 1 <= len(base64.b64decode(v)) <= 8192,
    'reason': lambda v: text(v) and len(v) <= 1000, 'time': moment, 'file-name': file_name})

# §3 and case §2, members in order: `name:kind`; `?` opt, `[kind]low-high` a list, `!` none twice, `<` sorted too.
OBJECTS = {kind: [m.replace('?', '').split(':') + ['?' in m] for m in line.split()] for kind, line in {
    'key': 'suite:suite pub:bytes', 'seat-key': 'suite:seat-suite pub:bytes', 'signature': 'seat?:seat key:hash sig:sig',
    'manifest': 'v:1 realm:realm from:party to:[party]1-32< matter:matter kind:kind marking:marking after?:after '
                'release:release time:time nonce:bytes-32 parts:[part]1-16 files?:[file]1-64',
    'marking': 'tlp:tlp handling?:[handling]1-4<', 'after': 'mine:link theirs:link',
    'release': 'class:class reason?:reason due?:time',
    'part': 'name:part-name type:media-type size:int hash:hash',
    'file': 'name:file-name type:media-type size:int plain:hash cipher:hash',
    'header': 'v:1 channel:hash epoch:int seq:int from:party root:hash profile:hash chain:hash roster:hash suite:suite '
              'key:hash time:time statements?:[hash]1-64! receipt?:receipt control?:control',
    'receipt': 'upto:int root:hash refused?:[refused]1-4096',
    'refused': 'seq:int i:below-64 code:code', 'control': 'type:control-type hash:hash',
    'chain': 'v:1 party:party n:int prev:link name:names zone:plain root:key node:[key]1-4 roster:key tls:[hash]1-4 '
             'endpoints?:[endpoint]1-8 suites:[suite-name]1-4! time:time',
    'roster': 'v:1 party:party n:int prev:link add?:[add]1-256 remove?:[seat]1-256 time:time',
    'add': 'seat:seat agency:seat roles:[role]1-3! key:seat-key', 'names': 'en:plain zh:plain',
    'prekey': 'v:1 party:party n:int key:prekey-key notafter:time', 'prekey-key': 'suite:suite pub:bytes',
    'profile': 'v:1 roots:[hash]2-2< n:int prev:link suites:[suite-name]1-4! maxitem:int maxpart:int maxfile:int skew:int '
               'langs:[lang]1-16',
    'filereceipt': 'v:1 statement:hash i:below-64 cipher:hash size:int result:stored',
    'head': 'v:1 realm:realm matter:matter by:party parties:[party]2-2< time:time',
    'proof': 'from:party epoch:int seq:int receipt:int path:[hash]0-4096',
    'content': 'statement:hash i:int size:int', 'end': 'records:int hash:hash',
}.items()}

# What §2, §3 and case §2 ask beyond each member's own spelling. (What sole_emergency lacks is a `class` fault.)
RULES = {
    'key': lambda o: key_on(o['suite'], base64.b64decode(o['pub'])),
    'seat-key': lambda o: key_on(o['suite'], base64.b64decode(o['pub'])),
    'prekey-key': lambda o: kem_key(o['suite'], base64.b64decode(o['pub'])),
    'roster': lambda o: (lambda seats: len(set(seats)) == len(seats))(
        [add['seat'] for add in o.get('add', [])] + o.get('remove', [])),
    'profile': lambda o: (1 << 16 <= o['maxitem'] <= 1 << 26 and 1 << 10 <= o['maxpart'] <= o['maxitem']
                          and o['maxfile'] <= 1 << 45 and o['skew'] <= 86400),
    'release': lambda o: o.get('reason') != '' and (o['class'] == 'sole_emergency' or len(o) == 1),
    'manifest': lambda o: o['from'] not in o['to'] and len({part['name'] for part in o['parts']}) == len(o['parts']),
    'receipt': lambda o: (lambda at: sorted(set(at)) == at and (not at or at[-1][0] <= o['upto']))(
        [(r['seq'], r['i']) for r in o.get('refused', [])]),
    'header': lambda o: sum(body in o for body in ('statements', 'receipt', 'control')) == 1,
    'head': lambda o: o['by'] in o['parties'],
}

def conforms(kind, v):
    """§1, §3: whether a value is of this kind: members in the order given, opt ones left out when empty."""
    if kind in WORDS:
        return WORDS[kind](v)
    if kind in OBJECTS:
        return (isinstance(v, dict) and list(v) == [name for name, _, _ in OBJECTS[kind] if name in v]
                and all(conforms(each, v[name]) if name in v else opt for name, each, opt in OBJECTS[kind])
                and (kind not in RULES or RULES[kind](v)))
    each, low, high, order = re.fullmatch(r'\[(.+)\](\d+)-(\d+)([<!]?)', kind).groups()
    return (isinstance(v, list) and int(low) <= len(v) <= int(high) and all(conforms(each, one) for one in v)
            and (not order or len(set(v)) == len(v)) and (order != '<' or sorted(v) == v))

def encode(v):
    """§1: the one spelling; Python's own, but for U+2028 and U+2029."""
    spelled = json.dumps(v, ensure_ascii=False, separators=(',', ':'))
    return spelled.replace('\u2028', '\\u2028').replace('\u2029', '\\u2029')

def decode(kind, raw):
    """§1: decode, encode again, compare. A member twice does not come back; a fraction, a long number, or
    nesting deeper than 16 conforms to no kind."""
    need(len(raw) <= MOST.get(kind, JSON_MOST), 'format.json', what=kind)
    try:
        spelled = raw.decode('utf-8')
        v = json.loads(spelled, parse_int=lambda digits: int(digits) if len(digits) <= 16 else None)
        good = conforms(kind, v) and encode(v) == spelled
    except (ValueError, RecursionError):
        good = False
    need(good, 'format.json', what=kind)
    return v

# ---------------------------------------------------------------- §1 Spelling: hashes and records
def pae_head(kind, size):
    """§1: what PAE puts before a body of this size."""
    return b'DSSEv1 %d comity/%s/1 %d ' % (len(kind) + 9, kind.encode(), size)

def typed_hash(kind, body):
    """§1: H(type, body)."""
    return hashlib.sha256(pae_head(kind, len(body)) + body).hexdigest()

def key_name(key):
    """§1: a key's name is H(key, its JSON)."""
    return typed_hash('key', encode(key).encode())

class Tape:
    """The file, read forwards; `sum` is SHA-256 of all that was read so far."""
    def __init__(self, stream):
        self.stream, self.at, self.sum = stream, 0, hashlib.sha256()

    def read(self, size):
        raw = self.stream.read(size)
        need(len(raw) == size, 'truncated')
        self.sum.update(raw)
        self.at += size
        return raw

    def feed(self, digest, size):
        """Read in small pieces, into a digest."""
        for left in range(size, 0, -65536):
            digest.update(self.read(min(left, 65536)))

class Records:
    """§1: records one after another: those of the file, or those within a record that ends at `end`."""
    def __init__(self, tape, end=None):
        self.tape, self.end, self.tag, self.size, self.count, self.before = tape, end, None, 0, 0, None

    def peek(self):
        """The next record's tag, or None where the enclosing record ends."""
        if self.tag is None and self.tape.at != self.end:
            self.before = self.tape.sum.copy()
            need(self.end is None or self.tape.at + 5 <= self.end, 'format.size', tag='?')
            head = self.tape.read(5)
            self.tag, self.size = chr(head[0]), int.from_bytes(head[1:], 'big')
            need(self.end is None or self.tape.at + self.size <= self.end, 'format.size', tag='?')
        return self.tag

    def open(self, tag):
        """Begin the next record, which must have this tag; its size."""
        need(self.peek() == tag, 'format.place', tag=tag, found=self.tag)
        need(self.size <= RECORD_MOST.get(tag, self.size), 'format.size', tag=tag)
        self.tag = None
        self.count += 1
        return self.size

    def take(self, tag, kind=None):
        """The value of the next record, decoded if it has a kind; held in memory, and so bounded first."""
        need(self.open(tag) <= MOST.get(kind, 1 << 20), 'format.size', tag=tag)
        raw = self.tape.read(self.size)
        return decode(kind, raw) if kind else raw

    def empty(self, tag):
        """Whether the next record has this tag, which says by being empty that something is not here."""
        if self.peek() != tag:
            return False
        need(self.open(tag) == 0, 'format.size', tag=tag)
        return True

    def enter(self, tag):
        """The records within the next record."""
        return Records(self.tape, self.open(tag) + self.tape.at)

    def signed(self, tag, kind):
        """§1: Signed = records B and S. Gives the bytes, the object, the signature list."""
        inner = self.enter(tag)
        raw = inner.take('B')
        v, signatures = decode(kind, raw), inner.take('S', '[signature]0-8')
        inner.close()
        return raw, v, signatures

    def each(self, tag, kind, check):
        """One or more Signed records with this tag, each given to `check`."""
        check(*self.signed(tag, kind))
        count = 1
        while self.peek() == tag:
            count += 1
            need(count <= COUNT_MOST.get(tag, count), 'format.size', tag=tag)
            check(*self.signed(tag, kind))

    def close(self):
        """Nothing stands after the last record."""
        need(self.peek() is None, 'format.place', tag='-', found=self.tag)

# ---------------------------------------------------------------- §2 Suites
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

def ed_add(p, q):
    """RFC 8032 §5.1.4: p + q, in extended coordinates."""
    (x, y, z, t), (x2, y2, z2, t2) = p, q
    a, b, c, d = (y - x) * (y2 - x2) % P, (y + x) * (y2 + x2) % P, 2 * D * t * t2 % P, 2 * z * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def ed_double(p):
    """RFC 8032 §5.1.4: 2p."""
    x, y, z, _ = p
    a, b = x * x % P, y * y % P
    h, g = a + b, a - b
    e, f = (h - (x + y) ** 2) % P, (2 * z * z + g) % P
    return e * f % P, g * h % P, f * g % P, e * h % P

def ed_small(raw):
    """§2: whether 32 bytes spell a point of small order: eight times it is zero."""
    point = ed_point(raw)
    return point is not None and ed_double(ed_double(ed_double(point)))[0] == 0

@functools.lru_cache(maxsize=4096)
def ed_point(raw):
    """RFC 8032 §5.1.3: the point that 32 bytes spell canonically, or None."""
    y = int.from_bytes(raw, 'little')
    sign, y = y >> 255, y & (1 << 255) - 1
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7 % P, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

@functools.lru_cache(maxsize=4096)
def ed_multiples(raw):
    """0 to 15 times the point that 32 bytes spell, or None."""
    point = ed_point(raw)
    return point and list(itertools.accumulate([point] * 15, ed_add, initial=(0, 1, 1, 0)))

def ed25519(pub, message, signature):
    """RFC 8032 §5.1.7 without cofactor: S < L, and R is spelled as -(k·A + (L-S)·B) is."""
    a, b, s = ed_multiples(pub), ed_multiples(b'\x58' + b'\x66' * 31), L - int.from_bytes(signature[32:], 'little')
    if a is None or len(signature) != 64 or s <= 0:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + pub + message).digest(), 'little') % L
    p = (0, 1, 1, 0)
    for shift in range(252, -4, -4):        # both products at once, four bits at a time
        p = ed_double(ed_double(ed_double(ed_double(p))))
        p = ed_add(ed_add(p, a[k >> shift & 15]), b[s >> shift & 15])
    x, y = (v * pow(p[2], -1, P) % P for v in (-p[0], p[1]))
    return (y | (x & 1) << 255).to_bytes(32, 'little') == signature[:32]

Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)

def p256_on(pub):
    """§2: whether these bytes are an uncompressed point of P-256."""
    x, y = int.from_bytes(pub[1:33], 'big'), int.from_bytes(pub[33:], 'big')
    return len(pub) == 65 and pub[0] == 4 and max(x, y) < Q and (y * y - x * x * x + 3 * x - B) % Q == 0

def kem_key(suite, pub):
    """§2: whether these bytes are an ML-KEM-768 key, its numbers below 3329, and one of the suite's curve."""
    numbers, curve = pub[:1152], pub[1184:]
    return (len(curve) == 32 if suite == 'E1' else p256_on(curve)) and all(
        a | (b & 15) << 8 < 3329 and b >> 4 | c << 4 < 3329 for a, b, c in zip(*(numbers[i::3] for i in range(3))))

def p256_add(p, q):
    """p + q on P-256, affine; None is the point at infinity."""
    if p is None or q is None:
        return p or q
    (x, y), (x2, y2) = p, q
    if x == x2 and y != y2:
        return None
    slope = (3 * x * x - 3) * pow(2 * y, -1, Q) if p == q else (y2 - y) * pow(x2 - x, -1, Q)
    x3 = (slope * slope - x - x2) % Q
    return x3, (slope * (x - x3) - y) % Q

def der(r, s):
    """SEQUENCE { r, s } in ASN.1 DER."""
    r, s = (v.to_bytes(v.bit_length() // 8 + 1, 'big') for v in (r, s))
    return bytes([48, len(r) + len(s) + 4, 2, len(r)]) + r + bytes([2, len(s)]) + s

def ecdsa_p256(pub, message, signature):
    """FIPS 186-5 §6.4.2: ECDSA on P-256 with SHA-256; an uncompressed point, a signature in its one DER."""
    if not p256_on(pub) or not 8 <= len(signature) <= 72:
        return False
    point = int.from_bytes(pub[1:33], 'big'), int.from_bytes(pub[33:], 'big')
    r, s = (int.from_bytes(v, 'big') for v in (signature[4:4 + signature[3]], signature[6 + signature[3]:]))
    if not 0 < r < N or not 0 < s < N or der(r, s) != signature:
        return False
    w = pow(s, -1, N)
    u, v = int.from_bytes(hashlib.sha256(message).digest(), 'big') * w % N, r * w % N
    table, total = (None, G, point, p256_add(G, point)), None
    for bit in range(255, -1, -1):
        total = p256_add(p256_add(total, total), table[(u >> bit & 1) + 2 * (v >> bit & 1)])
    return total is not None and total[0] % N == r

def key_on(suite, pub):
    """§2: whether these bytes are a key to sign with, of this suite."""
    if suite == 'E1':
        return len(pub) == 32 and not ed_small(pub)
    return p256_on(pub[:65]) and len(pub) == (97 if suite == 'P1' else 65)

def assertion(raw):
    """§2, P1: authenticator data, client data and signature, in records; None if they are not there so."""
    values, at = [], 0
    for tag, most in ((b'A', 1024), (b'C', 4096), (b'D', 80)):
        size = int.from_bytes(raw[at + 1:at + 5], 'big')
        if raw[at:at + 1] != tag or not 1 <= size <= min(most, len(raw) - at - 5):
            return None
        values.append(raw[at + 5:at + 5 + size])
        at += 5 + size
    return values if at == len(raw) else None

def once(members):
    """§2, P1: the object of these members, none of which may be there twice."""
    if len(dict(members)) != len(members):
        raise ValueError('a member twice')
    return dict(members)

def no_number(name):
    """RFC 8259 has no NaN and no Infinity."""
    raise ValueError(name)

def deep(v):
    """How deep a value of JSON is nested."""
    inner = v.values() if isinstance(v, dict) else v if isinstance(v, list) else None
    return 0 if inner is None else 1 + max(map(deep, inner), default=0)

def client_data(raw):
    """§2, P1: the members of client data; None if another program might read others."""
    try:
        v = json.loads(raw.decode('utf-8'), object_pairs_hook=once, parse_constant=no_number)
        fine = isinstance(v, dict) and deep(v) <= 16 and not re.search(rb'\\u[dD][89a-fA-F]', raw)
    except (ValueError, RecursionError):
        fine = False
    return v if fine else None

def of_party(origin, rp):
    """§2, P1: whether this is a page of the relying party with this hash, or of a host below it."""
    found = isinstance(origin, str) and re.fullmatch(
        r'(?:https://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)|http://(localhost))(?::[1-9][0-9]{0,4})?', origin)
    labels = (found[1] or found[2]).split('.') if found else []
    return any(hashlib.sha256('.'.join(labels[n:]).encode()).digest() == rp for n in range(len(labels)))

def passkey(pub, message, signature):
    """§2, P1: WebAuthn Level 3 §7.2, as far as it is about one assertion."""
    values, rp = assertion(signature), pub[65:]
    if values is None or not key_on('P1', pub):
        return False
    data, raw, der_signature = values
    if len(data) < 37 or data[:32] != rp or data[32] & 0x45 != 0x05 or (data[32] & 0x80 != 0) != (len(data) > 37):
        return False
    client = client_data(raw)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(message).digest()).rstrip(b'=').decode()
    return (client is not None and client.get('type') == 'webauthn.get' and client.get('challenge') == challenge
            and client.get('crossOrigin', False) is False and of_party(client.get('origin'), rp)
            and ecdsa_p256(pub[:65], data + hashlib.sha256(raw).digest(), der_signature))

def good(key, kind, body, signature):
    """§1, §2: whether the signature is this key's over PAE(kind, body)."""
    check = {'E1': ed25519, 'F1': ecdsa_p256, 'P1': passkey}[key['suite']]
    return check(base64.b64decode(key['pub']), pae_head(kind, len(body)) + body, base64.b64decode(signature['sig']))

def good_of(keys, kind, body, signature):
    """§1: whether it is a good signature of one of these keys (name -> key), none of them a seat's."""
    key = keys.get(signature['key'])
    return key is not None and 'seat' not in signature and good(key, kind, body, signature)

def signed_by(keys, kind, body, signatures):
    """§3, Controls: whether each of these keys signed, once, and nobody else."""
    return (sorted(keys) == sorted(s['key'] for s in signatures)
            and all(good_of(keys, kind, body, s) for s in signatures))

def merkle_root(leaf, seq, size, path):
    """Case §3, RFC 9162 §2.1.3.2: the root that a path leads to from leaf `seq` of `size`, or None."""
    at, last, node = seq, size - 1, leaf
    for sibling in map(bytes.fromhex, path):
        if last == 0:
            return None
        left = at & 1 or at == last
        node = hashlib.sha256(b'\1' + (sibling + node if left else node + sibling)).digest()
        while left and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return node.hex() if last == 0 else None

# ---------------------------------------------------------------- §7 Party files
class Party:
    """§7: a party's chain and roster; each entry is checked as it is added."""
    def __init__(self, name, trusted):
        self.name, self.trusted = name, trusted
        self.chain, self.rosters = {}, {}       # an entry's hash -> the entry; -> its number
        self.roots, self.kept = {}, 0           # name -> key; number of the chain entry whose roster key signed last
        self.seats = collections.defaultdict(list)      # seat -> [(number of the entry, its `add` or None)]

    def add_chain(self, raw, entry, signatures):
        """§3, chain: linked, numbered, signed by its root and by the one it replaces."""
        link = next(reversed(self.chain), '')
        need(self.chain or key_name(entry['root']) == self.trusted, 'trust')
        need((entry['party'], entry['n'], entry['prev']) == (self.name, len(self.chain), link), 'chain')
        roots = {key_name(e['root']): e['root'] for e in (entry, self.chain.get(link, entry))}
        need(signed_by(roots, 'chain', raw, signatures), 'chain')
        self.chain[typed_hash('chain', raw)] = entry
        self.roots.update(roots)

    def add_roster(self, raw, entry, signatures):
        """§3, roster: linked, numbered, signed by the roster key and by the root or two registrars."""
        n, link = len(self.rosters), next(reversed(self.rosters), '')
        need((entry['party'], entry['n'], entry['prev']) == (self.name, n, link), 'roster')
        plain, (uses, least) = [s for s in signatures if 'seat' not in s], (['roster'], 2) if n else (['roster', 'root'], 0)
        self.kept = next((at for at, c in enumerate(self.chain.values()) if at >= self.kept and signed_by(
            {key_name(c[use]): c[use] for use in uses}, 'roster', raw, plain)), None)
        seats = {s['seat']: self.officer(n - 1, 'roster', raw, s) for s in signatures if 'seat' in s}
        keys = {key_name(add['key']) for add in seats.values() if add and 'registrar' in add['roles']}
        need(self.kept is not None and len(signatures) - len(plain) == len(seats) == len(keys) >= least, 'roster')
        need(len(self.seats) + len(entry.get('add', [])) <= 10000, 'roster')
        self.rosters[typed_hash('roster', raw)] = n
        for add in entry.get('add', []):
            history = self.seats[add['seat']]
            need(not history or history[-1][1], 'roster')
            history.append((n, add))
        for seat in entry.get('remove', []):
            need(self.seats[seat] and self.seats[seat][-1][1], 'roster')
            self.seats[seat].append((n, None))

    def officer(self, n, kind, body, signature):
        """What entry n's roster says of the seat that signed; None if seat, key or signature is not good."""
        add = next((add for m, add in reversed(self.seats.get(signature.get('seat'), [])) if m <= n), None)
        fine = add and key_name(add['key']) == signature['key'] and good(add['key'], kind, body, signature)
        return add if fine else None

# ---------------------------------------------------------------- case §2, §3: the case file
Item = collections.namedtuple('Item', 'order head leaf other skew fresh')     # `order`: (from, epoch, seq);
# `fresh`: of a receipt, the first number that no receipt before it in its stream covers
Statement = collections.namedtuple('Statement', 'order id manifest item refused seats parts keys contents')

class Case:
    """Case §2, §3: reads the records in their order and checks each."""
    def __init__(self, stream, trust):
        self.tape, self.trust = Tape(stream), trust
        self.top, self.order, self.subject = Records(self.tape), (), ''     # what was read last; what a fault is about
        self.parties, self.profiles, self.items, self.largest = {}, {}, {}, 0
        self.marks, self.covered = (), 0        # of the stream being read: last entries named; how many items receipted
        self.places = collections.defaultdict(list)     # statement id -> [(the item that names it, place)]
        self.refusals, self.filereceipts = {}, set()    # (from, epoch, seq, place) -> (code, item); (from, id, i, cipher, size)
        self.proofs, self.statements = {}, {}           # (from, epoch, seq) -> the receipt; id -> Statement

    def check(self):
        """Case §2: these records in this order."""
        need(self.top.take('G') == b'comity-case/1', 'format.size', tag='G')
        self.head = self.top.take('c', 'head')
        for name in self.head['parties']:
            self.check_party(name)
        self.roots = sorted(next(iter(party.roots)) for party in self.parties.values())
        self.channel = typed_hash('channel', bytes.fromhex(''.join(self.roots)) + self.head['realm'].encode())
        self.top.each('Q', 'profile', self.check_profile)
        for tag, check in (('I', self.check_item), ('V', self.check_proof), ('T', self.check_statement),
                           ('D', self.check_content)):
            self.order = ()
            while self.top.peek() == tag:
                check()
        self.check_end()

    def follow(self, order):
        """Case §2: records of one kind are in order, none twice."""
        need(order > self.order, 'format.order')
        self.order = order

    def check_party(self, name):
        """§7 without prekey; case §3, trust, chain, roster."""
        need(name in self.trust, 'trust')
        self.subject, party, inner = name, Party(name, self.trust[name]), self.top.enter('A')
        need(inner.take('G') == b'comity-party/1', 'format.size', tag='G')
        inner.each('C', 'chain', party.add_chain)
        inner.each('R', 'roster', party.add_roster)
        inner.close()
        self.parties[name] = party

    def check_profile(self, raw, profile, signatures):
        """Case §3, profile: of these parties' roots, signed by a root of each."""
        self.subject = 'profile %d' % profile['n']
        need(profile['roots'] == self.roots, 'profile')
        pairs = itertools.product(*(party.roots.items() for party in self.parties.values()))
        need(any(signed_by(dict(pair), 'profile', raw, signatures) for pair in pairs), 'profile')
        name = typed_hash('profile', raw)
        need(name not in self.profiles, 'format.order')
        self.profiles[name] = profile
        self.largest = max(self.largest, profile['maxitem'])

    def check_item(self):
        """Case §2, §3: an item, against the entries that its own header names."""
        inner = self.top.enter('I')
        raw = inner.take('H')
        head, signatures = decode('header', raw), inner.take('S', '[signature]0-8')
        self.subject = '%(from)s/%(epoch)d/%(seq)d' % head
        control = self.read_control(inner, head['control']) if 'control' in head else inner.close()
        profile = self.check_header(head, raw, signatures)
        other = next(name for name in self.parties if name != head['from'])
        order, leaf = (head['from'], head['epoch'], head['seq']), hashlib.sha256(b'\0' + raw).digest()
        need(order not in self.items or self.items[order].leaf == leaf, 'equivocation')
        last = self.order
        self.follow(order)
        party, receipt = self.parties[head['from']], head.get('receipt', {})
        marks = party.chain[head['chain']]['n'], party.rosters[head['roster']], profile['n']
        if last[:2] != order[:2]:
            self.marks, self.covered = marks, 0
        need(all(old <= new for old, new in zip(self.marks, marks)), 'header.older')
        need(all(r['seq'] >= self.covered for r in receipt.get('refused', [])), 'proof.refused')
        self.items[order] = item = Item(order, head, leaf, other, profile['skew'], self.covered)
        self.marks, self.covered = marks, max(self.covered, receipt.get('upto', -1) + 1)
        if control and head['control']['type'] == 'filereceipt':
            self.filereceipts.add((head['from'], *(control[name] for name in ('statement', 'i', 'cipher', 'size'))))
        for place, name in enumerate(head.get('statements', [])):
            self.places[name].append((item, place))
        for refused in receipt.get('refused', []):
            self.refusals[other, head['epoch'], refused['seq'], refused['i']] = refused['code'], item

    def read_control(self, inner, named):
        """Case §3, control: its one spelling, and what the header named."""
        try:
            raw, control, signatures = inner.signed('C', named['type'])
            inner.close()
        except Fault as fault:
            raise Fault('control' if fault.code == 'format' else fault.why, **fault.names)
        need(typed_hash(named['type'], raw) == named['hash'], 'control')
        need(named['type'] != 'filereceipt' or signatures == [], 'control')
        return control

    def check_header(self, head, raw, signatures):
        """Case §3: profile, channel, header, item-signature. Gives the profile."""
        profile, party = self.profiles.get(head['profile']), self.parties.get(head['from'])
        need(profile, 'profile')
        need(head['channel'] == self.channel, 'channel')
        need(party and head['chain'] in party.chain and head['roster'] in party.rosters, 'header')
        nodes = {key_name(key): key for key in party.chain[head['chain']]['node']}
        need(head['key'] in nodes, 'header')
        need(all(good_of(nodes, 'header', raw, s) for s in signatures), 'item-signature')
        suites = [nodes[s['key']]['suite'] for s in signatures]
        need(nodes[head['key']]['suite'] == head['suite'], 'item-signature')
        need(signatures and signatures[0]['key'] == head['key'], 'item-signature')
        need(set(suites) >= set(profile['suites']) and len(set(suites)) == len(suites), 'item-signature')
        return profile

    def check_proof(self):
        """Case §3, proof: the path leads from the item to the root that the other side's receipt states."""
        proof = self.top.take('V', 'proof')
        order = proof['from'], proof['epoch'], proof['seq']
        self.subject, item = '%s/%d/%d' % order, self.items.get(order)
        self.follow(order)
        answer = item and self.items.get((item.other, proof['epoch'], proof['receipt']))
        need(answer and 'receipt' in answer.head, 'proof')
        need(proof['seq'] >= answer.fresh, 'proof.earlier')
        receipt = answer.head['receipt']
        need(proof['seq'] <= receipt['upto'] and receipt['root'] ==
             merkle_root(item.leaf, proof['seq'], receipt['upto'] + 1, proof['path']), 'proof')
        self.proofs[order] = answer

    def check_statement(self):
        """Case §3: statement, officer-signature, class, part."""
        inner = self.top.enter('T')
        need(self.top.size <= self.largest, 'format.size', tag='T')
        raw = inner.take('M')
        manifest, signatures = decode('manifest', raw), inner.take('S', '[signature]0-8')
        self.subject = name = typed_hash('manifest', raw)
        item, place = self.find_statement(name, manifest)
        (refused, by), party = self.refusals.get(item.order + (place,), (None, None)), self.parties[manifest['from']]
        refused = refused if by and self.proofs.get(item.order) is by else None
        signers = [party.officer(party.rosters[item.head['roster']], 'manifest', raw, s) for s in signatures]
        need(refused or all(signers) and len({s['seat'] for s in signatures}) == len(signatures), 'officer-signature')
        need(refused or enough(manifest['release'], signers), 'class')
        parts = [self.check_part(inner, part) for part in manifest['parts']]
        keys = [None if inner.empty('f') else inner.take('F') for _ in manifest.get('files', [])]
        need(all(key is None or len(key) == 64 for key in keys), 'part')
        inner.close()
        seats = [(add['seat'], add['key']['suite']) for add in signers if add]
        self.statements[name] = Statement(self.order, name, manifest, item, refused, seats, parts, keys, set())

    def find_statement(self, name, manifest):
        """Case §3, statement; case §2, T in order: the item and place of its author that name it first."""
        need(name in self.places, 'statement')
        item, place = next((at for at in self.places[name] if at[0].head['from'] == manifest['from']), (None, 0))
        need(item and item.other in manifest['to']
             and all(manifest[member] == self.head[member] for member in ('realm', 'matter')), 'statement')
        self.follow(item.order + (place,))
        return item, place

    def check_part(self, inner, part):
        """§3, Statement; case §3, part: H(part, salt ‖ body), in pieces. Whether the body is here."""
        if inner.empty('p'):
            return False
        size, total = inner.open('P'), hashlib.sha256(pae_head('part', part['size'] + 32))
        need(size == part['size'] + 32, 'part')
        self.tape.feed(total, size)
        need(total.hexdigest() == part['hash'], 'part')
        return True

    def check_content(self):
        """Case §2, D; case §3, file: its size and plain hash are the manifest's."""
        content = self.top.take('D', 'content')
        self.subject, statement, i = content['statement'], self.statements.get(content['statement']), content['i']
        need(statement and i < len(statement.keys) and statement.keys[i], 'file')
        need(i not in statement.contents, 'format.order')
        file, left = statement.manifest['files'][i], content['size']
        need(left == file['size'], 'file')
        total = hashlib.sha256(b'comity/file/1\n' + statement.keys[i][:32])
        while self.top.peek() == 'd':
            size = self.top.open('d')
            need(size >= 1, 'format.size', tag='d')
            left -= size
            need(left >= 0, 'file')
            self.tape.feed(total, size)
        need(left == 0 and total.hexdigest() == file['plain'], 'file')
        statement.contents.add(i)

    def check_end(self):
        """Case §2, z; case §3, format and truncated."""
        self.subject, count, end = '', self.top.count, self.top.take('z', 'end')
        need(end['hash'] == self.top.before.hexdigest(), 'truncated')
        need(end['records'] == count and self.tape.stream.read(1) == b'', 'format.end')

def enough(release, signers):
    """Case §3, class: whether these signers, whose signatures are good, may release a statement so."""
    releasers = [a for a in signers if 'release' in a['roles']]
    return {'dual': any(a['seat'] != b['seat'] and a['key'] != b['key'] for a in releasers for b in signers),
            'sole_emergency': releasers and 'reason' in release and 'due' in release,
            'seat': signers}[release['class']]

# ---------------------------------------------------------------- case §3: what to say when all is well
def account(case):
    """Case §3, "What to say when all is well", in no language yet."""
    told = [tell(case, statement) for statement in case.statements.values()]
    counts = {'statements': len(told), 'receipted': sum(s['receipted'] is not None for s in told),
              'erased': sum(not part['here'] for s in told for part in s['parts']),
              'files': sum(len(s['files']) for s in told)}
    return {'ok': True, **{m: case.head[m] for m in ('realm', 'matter', 'by', 'parties', 'time')}, 'counts': counts,
            'statements': told, 'remarks': [r for s in case.statements.values() for r in remarks(case, s)]}

def sealed(size):
    """§5: a ciphertext's size: chunks of up to 65,536 bytes, at least one, each 16 bytes longer."""
    return size + 16 * max(1, -(-size // 65536))

def tell(case, s):
    """Case §3: one statement of the account."""
    answer, manifest, other = case.proofs.get(s.item.order), s.manifest, s.item.other
    files = [{'name': file['name'], 'size': file['size'], 'here': i in s.contents,
              'receipted': (other, s.id, i, file['cipher'], sealed(file['size'])) in case.filereceipts}
             for i, file in enumerate(manifest.get('files', []))]
    return {'id': s.id, 'at': '%s/%d/%d.%d' % s.order, 'from': manifest['from'], 'kind': manifest['kind'],
            'time': s.item.head['time'], **manifest['release'], 'seats': [seat for seat, _ in s.seats],
            'passkeys': [seat for seat, suite in s.seats if suite == 'P1'], 'refused': s.refused,
            'to': other, 'receipted': answer and answer.head['time'], 'files': files,
            'parts': [{'name': part['name'], 'here': here} for part, here in zip(manifest['parts'], s.parts)]}

def remarks(case, s):
    """Case §4: what is no fault, and yet worth knowing."""
    time, answer, at = s.item.head['time'], case.proofs.get(s.item.order), '%s/%d/%d.%d' % s.order
    for move in s.manifest.get('after', {}).values():
        if move and move not in case.statements:
            yield {'remark': 'gap', 'statement': s.id, 'at': at, 'missing': move}
    if answer is None:
        yield {'remark': 'unreceipted', 'statement': s.id, 'at': at, 'party': s.item.other}
    elif (clock(time) - clock(answer.head['time'])).total_seconds() > s.item.skew:
        yield {'remark': 'skew', 'statement': s.id, 'at': at, 'time': time, 'receipted': answer.head['time']}

# ---------------------------------------------------------------- what a person reads
LANGS = 'en', 'zh'
TEXT = {
    'format.json': ('A JSON object ({what}) is not in its one spelling.', 'JSON 对象（{what}）不合唯一写法。'),
    'format.place': ('Record “{found}” stands where “{tag}” belongs.', '应为记录“{tag}”之处出现了“{found}”。'),
    'format.size': ('Record “{tag}” is not of the size or text it must be.', '记录“{tag}”的长度或内容不合规定。'),
    'format.order': ('A record is out of order, or there twice.', '记录次序有误或重复。'),
    'format.end': ('The end record miscounts, or bytes follow it.', '结尾记录计数有误，或其后还有字节。'),
    'truncated': ('The file ends before its end record, or is not what that fixed.', '文件中断，或与结尾记录的散列不符。'),
    'trust': ('This party’s first root key is not in the trust file.', '信任文件中没有该方的初始根密钥。'),
    'chain': ('A chain entry’s hash link, number or signature is bad.', '链条目的散列链接、序号或签名有误。'),
    'roster': ('A roster entry’s hash link, number or signatures are bad.', '名册条目的散列链接、序号或签名有误。'),
    'profile': ('A profile is not here, or not signed by roots of both parties.', '配置不在文件中，或没有双方根密钥的签名。'),
    'channel': ('The header is not of these parties’ channel in this realm.', '条目头不属于双方在此域的信道。'),
    'header': ('The header names an entry or node key that is not here.', '条目头所指的链、名册条目或节点密钥不在文件中。'),
    'header.older': ('The header names an older entry than one before it.', '条目头所指的链、名册或配置条目早于其前的条目头。'),
    'item-signature': ('A node’s signature of the header is missing or bad.', '条目头的节点签名缺失或无效。'),
    'control': ('The control is not what its header fixed.', '控制内容与条目头所定不符。'),
    'proof': ('No receipt of the other side is proved to cover the item.', '未能证明对方的收条涵盖该条目。'),
    'proof.earlier': ('An earlier receipt in the file covers the item.', '文件中更早的收条已涵盖该条目。'),
    'proof.refused': ('A receipt refuses what an earlier one covers.', '收条所拒绝的内容已由更早的收条涵盖。'),
    'statement': ('No header names the statement, or it is of another matter.', '没有条目头列出此陈述，或其当事方、域、事项不符。'),
    'officer-signature': ('An officer’s signature is bad, or not by that seat’s key.', '官员签名无效，或不是该席位密钥所签。'),
    'class': ('There are too few good signatures for the release class.', '有效签名不足以满足签发类别。'),
    'part': ('A part is not of the size and hash of its manifest.', '部分的长度或散列与清单不符。'),
    'file': ('A file is not of the size and hash of its manifest.', '附件的长度或散列与清单不符。'),
    'equivocation': ('There are two different headers of one number.', '同一编号有两个不同的条目头。'),
    'where': ('At record {record}, byte {byte}. {subject}', '位于第 {record} 条记录，第 {byte} 字节。{subject}'),
    'good': ('GOOD: {matter} ({realm}), exported by {by} at {time}', '无误：{matter}（{realm}），由 {by} 于 {time} 导出'),
    'counts': ('Statements {statements}, receipted {receipted}, parts erased or withheld {erased}, files {files}.',
               '陈述 {statements}，已获收条 {receipted}，已删除或未提供的部分 {erased}，附件 {files}。'),
    'told.statement': ('{at}  {kind}, {time}, {class}, seats {names}', '{at}  {kind}，{time}，{class}，席位 {names}'),
    'passkeys': ('  signed by passkey, user verified: {0}', '  由通行密钥签名，用户已经验证：{0}'),
    'reason': ('  reason: {reason}', '  理由：{reason}'),
    'due': ('  due {due}', '  期限 {due}'),
    'receipted': ('  receipted by {to} at {receipted}', '  {to} 于 {receipted} 出具收条'),
    'refused': ('  REFUSED by {to}: {refused}', '  被 {to} 拒绝：{refused}'),
    'told.part': ('  part {name}: {0}', '  部分 {name}：{0}'),
    'told.file': ('  file “{name}”, {size} bytes: {0}; file receipt {1}', '  附件“{name}”，{size} 字节：{0}；附件收条{1}'),
    'here': ('here', '在此'), 'not here': ('not here', '不在此'), 'gone': ('erased or withheld', '已删除或未提供'),
    'gap': ('GAP: {at} follows a move that is not here: {missing}', '缺口：{at} 所承接的行动不在此：{missing}'),
    'skew': ('SKEW: {at} of {time} was receipted at {receipted}', '时差：{at} 的时间为 {time}，收条时间却为 {receipted}'),
    'unreceipted': ('UNRECEIPTED: only its author says that {at} was sent', '无收条：{at} 是否送出仅有作者一方之言'),
}

def say(lang, key, *places, **names):
    """A sentence of TEXT on one line, free of characters that could disguise it."""
    line = TEXT[key][LANGS.index(lang)].format(*places, **names)
    return ''.join('\ufffd' if unicodedata.category(c) in ('Cc', 'Cf', 'Cs', 'Zl', 'Zp') else c for c in line)

def lines(told, lang):
    """A fault or the account, as a person reads it."""
    if not told['ok']:
        yield from ('FAULT %(code)s: %(text)s' % told, say(lang, 'where', **told))
        return
    yield say(lang, 'good', **told)
    yield say(lang, 'counts', **told['counts'])
    for s in told['statements']:
        yield say(lang, 'told.statement', names=', '.join(s['seats']) or '-', **s)
        if s['passkeys']:
            yield say(lang, 'passkeys', ', '.join(s['passkeys']))
        yield from (say(lang, key, **s) for key in ('reason', 'due', 'receipted', 'refused') if s.get(key))
        for part in s['parts']:
            yield say(lang, 'told.part', say(lang, 'here' if part['here'] else 'gone'), **part)
        for file in s['files']:
            states = [say(lang, 'here' if file[m] else 'not here') for m in ('here', 'receipted')]
            yield say(lang, 'told.file', *states, **file)
    yield from (say(lang, remark['remark'], **remark) for remark in told['remarks'])

def read_trust(path):
    """Case §1: party -> name of its root key; one spelling, but for white space."""
    with open(path, 'rb') as stream:
        raw = stream.read(1 << 20).decode('utf-8')
    trust = json.loads(raw)
    fine = isinstance(trust, dict) and list(trust) == ['v', 'parties'] and isinstance(trust['parties'], dict)
    if not (fine and WORDS['1'](trust['v']) and encode(trust) == re.sub('[ \\t\\r\\n]', '', raw)
            and sorted(trust['parties']) == list(trust['parties'])
            and all(WORDS['party'](name) and WORDS['hash'](root) for name, root in trust['parties'].items())):
        raise ValueError('not a trust file: ' + path)
    return trust['parties']

def main():
    """The command line."""
    parser = argparse.ArgumentParser(description='Check a Comity case file offline.')
    parser.add_argument('file', metavar='FILE')
    parser.add_argument('--trust', metavar='TRUST', required=True)
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--lang', choices=LANGS, default='en')
    args = parser.parse_args()
    sys.stdout.reconfigure(encoding='utf-8', errors='backslashreplace')
    try:
        trust = read_trust(args.trust)
        with open(args.file, 'rb') as stream:
            case = Case(stream, trust)
            case.check()
        told = account(case)
    except Fault as fault:
        told = {'ok': False, 'code': fault.code, 'text': say(args.lang, fault.why, **fault.names),
                'record': case.top.count, 'byte': case.tape.at, 'subject': case.subject}
    except (OSError, ValueError, RecursionError) as error:
        parser.error(str(error))
    try:
        print(json.dumps(told, ensure_ascii=False) if args.json else '\n'.join(lines(told, args.lang)), flush=True)
    except BrokenPipeError:         # whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if told['ok'] else 1

if __name__ == '__main__':
    sys.exit(main())
