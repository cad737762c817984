#!/usr/bin/env python3
"""Tests of verify.py: python3 docs/spec/verify_test.py

It builds a case file of its own from README.md and casefile.md, then spoils it in one way after another. The files
in vectors/, made by another implementation, must be judged as their names say.
"""
import base64
import functools
import glob
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import tracemalloc
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import verify  # noqa: E402


@functools.lru_cache(None)
def checked(suite, pub, kind, body, sig, check=verify.good):
    return check({'suite': suite, 'pub': pub}, kind, body, {'sig': sig})


# The tests judge much the same bytes again and again: each is decoded, and each signature checked, once.
verify.good = lambda key, kind, body, s: checked(key['suite'], key['pub'], kind, body, s['sig'])
verify.decode = functools.lru_cache(None)(verify.decode)


# ---------------------------------------------------------------- writing, from the specification

def js(value):
    raw = json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    return raw.replace('\u2028', '\\u2028').encode()


def b64(raw):
    return base64.b64encode(raw).decode()


def sha(raw):
    return hashlib.sha256(raw)


def pae(kind, body):
    name = b'comity/' + kind.encode() + b'/1'
    return b'DSSEv1 ' + b'%d ' % len(name) + name + b' %d ' % len(body) + body


def h(kind, body):
    return sha(pae(kind, body)).hexdigest()


def rec(tag, value):
    return tag.encode() + len(value).to_bytes(4, 'big') + value


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202,
        46316835694926478169428394003475163141307993866256225615783033603165251855960)


def edwards(p, q):
    (x, y, z), (u, v, w) = p, q
    a, b, c = z * w % P, x * u % P, y * v % P
    e = D * b * c % P
    f, g = a * a - e, a * a + e
    return a * f * ((x + y) * (u + v) - b - c) % P, a * g * (c + b) % P, f * g % P


POWERS = [BASE + (1,)]
while len(POWERS) < 256:
    POWERS.append(edwards(POWERS[-1], POWERS[-1]))


def times(n):
    total = (0, 1, 1)
    for bit, p in enumerate(POWERS):
        total = edwards(total, p) if n >> bit & 1 else total
    z = pow(total[2], -1, P)
    return ((total[1] * z % P) | ((total[0] * z % P) & 1) << 255).to_bytes(32, 'little')


@functools.lru_cache(None)
def ed_public(seed):
    a = int.from_bytes(hashlib.sha512(seed).digest()[:32], 'little') & ((1 << 254) - 8) | 1 << 254
    return a, times(a)


@functools.lru_cache(None)
def ed_sign(seed, message):
    a, pub = ed_public(seed)
    r = int.from_bytes(hashlib.sha512(hashlib.sha512(seed).digest()[32:] + message).digest(), 'little') % L
    spelled = times(r)
    k = int.from_bytes(hashlib.sha512(spelled + pub + message).digest(), 'little') % L
    return spelled + ((r + k * a) % L).to_bytes(32, 'little')


def p256(n):
    total = None
    for bit in bin(n)[2:]:
        total = verify.p256_add(total, total)
        total = verify.p256_add(total, verify.G) if bit == '1' else total
    return total


@functools.lru_cache(None)
def p256_sign(d, message):
    k = int.from_bytes(sha(message + b'%d' % d).digest(), 'big') % verify.N
    e, r = int.from_bytes(sha(message).digest(), 'big'), p256(k)[0] % verify.N
    return verify.der(r, pow(k, -1, verify.N) * (e + r * d) % verify.N)


class Key:
    def __init__(self, name, suite='E1'):
        self.seed = sha(name.encode()).digest()
        if suite == 'E1':
            pub, self.raw = ed_public(self.seed)[1], functools.partial(ed_sign, self.seed)
        else:
            d = int.from_bytes(self.seed, 'big') % verify.N
            x, y = p256(d)
            pub, self.raw = b'\4' + x.to_bytes(32, 'big') + y.to_bytes(32, 'big'), functools.partial(p256_sign, d)
        self.json = {'suite': suite, 'pub': b64(pub)}
        self.name = h('key', js(self.json))

    def sign(self, kind, body, seat=None):
        return {**({'seat': seat} if seat else {}), 'key': self.name, 'sig': b64(self.raw(pae(kind, body)))}


KEYS = functools.lru_cache(None)(Key)


def signed(body, signatures):
    return rec('B', body) + rec('S', js(signatures))


def merkle(leaves):
    """RFC 6962 §2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha(b'').digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b'\1' + merkle(leaves[:k]) + merkle(leaves[k:])).digest()


def path(leaves, m):
    """RFC 6962 §2.1.1."""
    if len(leaves) < 2:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m < k:
        return path(leaves[:k], m) + [merkle(leaves[k:]).hex()]
    return path(leaves[k:], m - k) + [merkle(leaves[:k]).hex()]


def clock(second):
    return '2026-03-01T10:%02d:%02d.000Z' % divmod(second, 60)


class World:
    """Two parties, one matter. `twists` names what to spoil on the way: name -> function of the object."""

    def __init__(self, suites=('E1',), **twists):
        self.suites, self.twists, self.used = suites, twists, set()
        self.parties = {name: self.party(name) for name in ('cn', 'us')}
        self.roots = sorted(KEYS(name + '.root').name for name in self.parties)
        self.channel = h('channel', bytes.fromhex(''.join(self.roots)) + b'live')
        body = js(self.twist('profile', {
            'v': 1, 'roots': self.roots, 'n': 0, 'prev': '', 'suites': list(self.suites), 'maxitem': 1 << 23,
            'maxpart': 1 << 20, 'maxfile': 1 << 30, 'skew': 60, 'langs': ['en', 'zh']}))
        self.profile = h('profile', body)
        keys = self.twist('profile_signers', ['cn.root', 'us.root'])
        self.profile_record = signed(body, [KEYS(key).sign('profile', body) for key in keys])
        self.streams = {name: [] for name in self.parties}      # leaves
        self.items, self.proofs, self.statements, self.content = {}, [], [], []
        self.talk()

    def twist(self, name, value):
        """Objects keep their order of members; a twist may change in place or return another."""
        if name in self.twists:
            self.used.add(name)
            spoiled = self.twists[name](value)
            return value if spoiled is None else spoiled
        return value

    def party(self, name):
        chain, hashes, prev = b'', [], ''
        for n, root in enumerate([name + '.root'] + [name + '.root2'] * (name == 'us')):
            entry = self.twist('chain_%s_%d' % (name, n), {
                'v': 1, 'party': name, 'n': n, 'prev': prev, 'name': {'en': name.upper(), 'zh': '某国'},
                'zone': 'Etc/UTC', 'root': KEYS(root).json,
                'node': [KEYS(name + '.node').json, KEYS(name + '.node', 'F1').json],
                'roster': KEYS(name + '.roster').json, 'tls': ['aa' * 32], 'suites': ['E1', 'F1'], 'time': clock(n)})
            body, keys = js(entry), [root] if n == 0 else [root, name + '.root']
            keys = self.twist('chain_signers_%s_%d' % (name, n), keys)
            chain += rec('C', signed(body, [KEYS(key).sign('chain', body) for key in keys]))
            prev = h('chain', body)
            hashes.append(prev)
        rosters, prev = [], ''
        for n in (0, 1):
            seats = {'add': [
                self.add(name + '-a', ['draft', 'release']), self.add(name + '-b', ['draft'], self.suites[-1]),
                self.add(name + '-r', ['registrar']), self.add(name + '-s', ['registrar']),
                self.add(name + '-x', ['release'])]} if n == 0 else {'remove': [name + '-x']}
            entry = self.twist('roster_%s_%d' % (name, n), {'v': 1, 'party': name, 'n': n, 'prev': prev, **seats,
                                                           'time': clock(n)})
            body, signers = js(entry), [('roster', None)] + ([('root', None)] if n == 0 else [('r', 'r'), ('s', 's')])
            signers = self.twist('roster_signers_%s_%d' % (name, n), signers)
            signatures = [KEYS(name + ('-' if seat else '.') + key).sign('roster', body, seat and name + '-' + seat)
                          for key, seat in signers]
            rosters.append(rec('R', signed(body, signatures)))
            prev = h('roster', body)
            hashes.append(prev)
        rosters = b''.join(self.twist('rosters_' + name, rosters))
        return {'record': rec('G', b'comity-party/1') + chain + rosters, 'chain': hashes[-3], 'rosters': hashes[-2:]}

    @staticmethod
    def add(seat, roles, suite='E1'):
        return {'seat': seat, 'agency': seat[:2] + '-24-7', 'roles': roles, 'key': KEYS(seat, suite).json}

    def item(self, party, second, roster=1, control=None, included=True, **body):
        """The next item of a party's stream."""
        leaves, side = self.streams[party], self.parties[party]
        at = '%s_%d' % (party, len(leaves))
        if control:
            body['control'] = {'type': control[0], 'hash': h(control[0], control[1])}
        header = self.twist('header_' + at, {
            'v': 1, 'channel': self.channel, 'epoch': 0, 'seq': len(leaves), 'from': party,
            'root': merkle(leaves).hex(), 'profile': self.profile, 'chain': side['chain'],
            'roster': side['rosters'][roster], 'suite': 'E1', 'key': KEYS(party + '.node').name,
            'time': clock(second), **body})
        raw = js(header)
        leaves.append(sha(b'\0' + raw).digest())
        signers = self.twist('node_' + at, [(party + '.node', suite) for suite in self.suites])
        if included:
            value = rec('H', raw) + rec('S', js([KEYS(*key).sign('header', raw) for key in signers]))
            if control:
                value += rec('C', signed(self.twist('control_' + at, control[1]), self.twist('control_signers', [])))
            self.items[party, len(leaves) - 1] = value
        return len(leaves) - 1

    def receipt(self, party, second, refused=None, **more):
        other = self.streams['us' if party == 'cn' else 'cn']
        receipt = {'upto': len(other) - 1, 'root': merkle(other).hex()}
        return self.item(party, second, receipt={**receipt, **({'refused': refused} if refused else {})}, **more)

    def prove(self, party, seq, receipt, upto):
        self.proofs.append(self.twist('proof_%s_%d' % (party, seq), {
            'from': party, 'epoch': 0, 'seq': seq, 'receipt': receipt,
            'path': path(self.streams[party][:upto + 1], seq)}))

    def statement(self, name, party, kind, signers, release=None, after=None, files=(), body=b'{"x":1}', erased=False):
        """A manifest and its record T; `release` a class or an object."""
        salt = sha(name.encode()).digest()
        other, contents = 'us' if party == 'cn' else 'cn', []
        for i, plain in enumerate(files):
            contents.append({'name': 'file-%d.bin' % i, 'type': 'application/octet-stream', 'size': len(plain),
                             'plain': sha(b'comity/file/1\n' + salt + plain).hexdigest(), 'cipher': sha(plain).hexdigest()})
        release = {'class': release} if isinstance(release, str) else release
        manifest = self.twist('manifest_' + name, {
            'v': 1, 'realm': 'live', 'from': party, 'to': [other], 'matter': 'US-2026-000007', 'kind': kind,
            'marking': {'tlp': 'AMBER', 'handling': ['H1', 'H2']}, **({'after': after} if after else {}),
            'release': release, 'time': clock(0), 'nonce': b64(salt), 'parts': [
                {'name': 'body', 'type': 'application/json', 'size': len(body), 'hash': h('part', salt + body)},
                {'name': 'note', 'type': 'text/plain', 'size': 0, 'hash': h('part', salt)}],
            **({'files': contents} if files else {})})
        raw = js(manifest)
        signatures = [KEYS(*key).sign('manifest', raw, seat) for seat, *key in self.twist('signers_' + name, signers)]
        value = rec('M', raw) + rec('S', js(self.twist('signatures_' + name, signatures)))
        value += rec('p', b'') if erased else rec('P', self.twist('part_' + name, salt + body))
        value += rec('P', salt) + b''.join(rec('F', salt + bytes(32)) for _ in files)
        self.statements.append(((party, name), rec('T', value)))
        for i, plain in enumerate(files):
            self.content += [rec('D', js({'statement': h('manifest', raw), 'i': i, 'size': len(plain)}))]
            self.content += [rec('d', plain[k:k + 4000]) for k in range(0, len(plain), 4000)]
        return h('manifest', raw)

    def talk(self):
        for party in self.parties:      # the four controls, of which only the leaves matter here
            for n in range(4):
                self.item(party, n, roster=0, included=False, control=('prekey', b'%d' % n))
        us, both = ('us-a', 'us-a'), [('us-a', 'us-a'), ('us-b', 'us-b', self.suites[-1])]
        self.plain = bytes(range(256)) * 40
        one = self.statement('one', 'us', 'preserve.request', both, 'dual', {'mine': '', 'theirs': ''},
                             (self.plain, b''))
        self.item('us', 10, roster=0, statements=[one])                                             # us 4
        self.receipt('cn', 12)                                                                      # cn 4
        stored = js(self.twist('stored', {'v': 1, 'statement': one, 'i': 0, 'cipher': sha(self.plain).hexdigest(),
                                          'size': len(self.plain) + 16, 'result': 'stored'}))
        self.item('cn', 13, control=('filereceipt', stored))                                        # cn 5
        two = self.statement('two', 'cn', 'preserve.accept', [('cn-a', 'cn-a')], 'seat', {'mine': '', 'theirs': one},
                             erased=True)
        self.item('cn', 14, statements=[two, 'ab' * 32])                                            # cn 6
        self.receipt('us', 16)                                                                      # us 5
        ghost = self.twist('ghost', one)
        three = self.statement('three', 'us', 'preserve.note', [('us-x', 'us-x')], 'dual')
        four = self.statement('four', 'us', 'preserve.hurry', [us], {
            'class': 'sole_emergency', 'reason': 'on fire\u2028now', 'due': clock(900)},
            {'mine': ghost, 'theirs': two})
        self.item('us', 18, statements=['cd' * 32, three, four])                                    # us 6
        self.receipt('cn', 20, refused=[{'seq': 6, 'i': 1, 'code': 'seat'}])                        # cn 7
        five = self.statement('five', 'us', 'preserve.note', [us], 'seat')
        self.item('us', 22, statements=[five])                                                      # us 7
        self.prove('cn', 6, 5, 6)
        self.prove('us', 4, 4, 4)
        self.prove('us', 6, 7, 6)
        self.two, self.one = two, one

    def records(self):
        order = {'two': 0, 'one': 1, 'three': 2, 'four': 3, 'five': 4}
        head = self.twist('head', {'v': 1, 'realm': 'live', 'matter': 'US-2026-000007', 'by': 'us',
                                   'parties': ['cn', 'us'], 'time': clock(30)})
        listed = [rec('G', b'comity-case/1'), rec('c', js(head))]
        listed += [rec('A', side['record']) for side in self.parties.values()] + [rec('Q', self.profile_record)]
        listed += [rec('I', self.items[at]) for at in sorted(self.items)] + [rec('V', js(v)) for v in self.proofs]
        listed += [t for (_, name), t in sorted(self.statements, key=lambda t: order[t[0][1]])] + self.content
        return self.twist('records', listed)

    def file(self):
        raw = seal(self.records(), self.twists.get('end'))
        missing = set(self.twists) - self.used - {'end'}
        assert not missing, missing
        return raw

    trust = {name: KEYS(name + '.root').name for name in ('cn', 'us')}


def seal(listed, spoil=None):
    raw = b''.join(listed)
    end = {'records': len(listed), 'hash': sha(raw).hexdigest()}
    return raw + rec('z', js(spoil(end) or end if spoil else end))


def judge(raw, trust=None):
    """The fault's code, or None."""
    case = verify.Case(io.BytesIO(raw), trust or World.trust)
    try:
        case.check()
        told = verify.account(case)
    except verify.Fault as fault:
        for lang in verify.LANGS:
            verify.say(lang, fault.why, **fault.names)
        return fault.code
    for lang in verify.LANGS:
        '\n'.join(verify.lines(told, lang))
    return None


def put(name, value):
    """A twist that sets a member."""
    return lambda o: o.__setitem__(name, value)


def swap(listed, a, b):
    listed[a], listed[b] = listed[b], listed[a]


def find(listed, tag, nth=0):
    return [i for i, one in enumerate(listed) if one[:1] == tag.encode()][nth]


def edit(tag, nth, old, new):
    """A twist of the records: within one of them, bytes for bytes of the same length."""
    def spoil(listed):
        i = find(listed, tag, nth)
        assert listed[i].count(old) >= 1 and len(old) == len(new)
        listed[i] = listed[i].replace(old, new, 1)
    return spoil


def drop(tag, nth=0):
    return lambda listed: listed.pop(find(listed, tag, nth)) and None


def copy(tag, nth=0):
    return lambda listed: listed.insert(find(listed, tag, nth), listed[find(listed, tag, nth)])


def late_twin(listed):
    """A second good header of the number us/0/7."""
    twin = World(header_us_7=put('time', clock(23))).records()
    i = find(listed, 'I', -1)
    listed.insert(i, twin[i])


def nested(listed):
    listed[1] = rec('c', b'[' * 300000)


def number(listed):
    listed[1] = rec('c', b'{"v":' + b'9' * 500000 + b'}')


def empty_key(listed):
    """The second file's key, of no bytes."""
    i = find(listed, 'T', 1)
    listed[i] = rec('T', listed[i][5:-69] + rec('F', b''))


def older(party):
    return lambda o: o.__setitem__('roster', World().parties[party]['rosters'][0])


BOTH = 'E1', 'F1'
BAD = [     # code, what, twists
    ('format', 'greeting', dict(records=lambda o: o.__setitem__(0, rec('G', b'comity-case/2')))),
    ('format', 'head misspelled', dict(records=lambda o: o.__setitem__(1, o[1].replace(b'"v":1', b'"v":2')))),
    ('format', 'three parties', dict(head=put('parties', ['cn', 'fr', 'us']))),
    ('format', 'exported by a stranger', dict(head=put('by', 'fr'))),
    ('format', 'a day that is none', dict(head=put('time', '2026-02-30T00:00:00.000Z'))),
    ('format', 'items out of order', dict(records=lambda o: swap(o, find(o, 'I'), find(o, 'I', 1)))),
    ('format', 'an item twice', dict(records=copy('I'))),
    ('format', 'proofs out of order', dict(records=lambda o: swap(o, find(o, 'V'), find(o, 'V', 1)))),
    ('format', 'statements out of order', dict(records=lambda o: swap(o, find(o, 'T'), find(o, 'T', 1)))),
    ('format', 'a statement twice', dict(records=copy('T'))),
    ('format', 'a file twice', dict(records=lambda o: o.insert(find(o, 'D', 1), o[find(o, 'D', 1)]))),
    ('format', 'profiles after items', dict(records=lambda o: swap(o, find(o, 'Q'), find(o, 'I')))),
    ('format', 'no profile', dict(records=drop('Q'))),
    ('format', 'an unknown record', dict(records=lambda o: o.append(rec('x', b'')))),
    ('format', 'an empty d', dict(records=lambda o: o.insert(find(o, 'd'), rec('d', b'')))),
    ('format', 'count', dict(end=put('records', 3))),
    ('format', 'nesting', dict(records=nested)),
    ('format', 'a long number', dict(records=number)),
    ('format', 'two bodies', dict(header_us_7=put('receipt', {'upto': 0, 'root': 'aa' * 32}))),
    ('format', 'reason of a dual', dict(manifest_one=put('release', {'class': 'dual', 'reason': 'why'}))),
    ('format', 'NFC', dict(manifest_four=lambda o: o['release'].__setitem__('reason', 'e\u0301'))),
    ('format', 'file name', dict(manifest_one=lambda o: o['files'][0].__setitem__('name', 'a\u202eb'))),
    ('format', 'handling unsorted', dict(manifest_one=lambda o: o['marking'].__setitem__('handling', ['H2', 'H1']))),
    ('format', '31 marks', dict(manifest_four=lambda o: o['release'].__setitem__('reason', 'x' + '\u0327' * 31))),
    ('format', 'a long reason', dict(manifest_four=lambda o: o['release'].__setitem__('reason', 'x' * 1001))),
    ('format', 'a large manifest', dict(manifest_one=lambda o: o['parts'][0].__setitem__('type', 'a/' + 'b' * 131072))),
    ('format', 'a media type with a parameter', dict(manifest_one=lambda o: o['parts'][0].__setitem__('type', 'a/b;c=d'))),
    ('format', 'refused out of order', dict(header_cn_7=lambda o: o['receipt'].__setitem__('refused', 2 * [
        {'seq': 6, 'i': 1, 'code': 'seat'}]))),
    ('format', 'a key of small order', dict(chain_us_1=lambda o: o.__setitem__('roster', {
        'suite': 'E1', 'pub': b64(bytes(32))}))),
    ('truncated', 'end', dict(end=put('hash', 'aa' * 32))),
    ('chain', 'number', dict(chain_us_1=put('n', 2))),
    ('chain', 'link', dict(chain_us_1=put('prev', 'aa' * 32))),
    ('chain', 'party', dict(chain_us_1=put('party', 'cn'))),
    ('chain', 'not by the new root', dict(chain_signers_us_1=lambda o: o[1:])),
    ('chain', 'not by the old root', dict(chain_signers_us_1=lambda o: o[:1])),
    ('chain', 'a stranger besides', dict(chain_signers_us_1=lambda o: o + ['cn.root'])),
    ('chain', 'signed twice', dict(chain_signers_us_1=lambda o: o + o[:1])),
    ('chain', 'unsigned', dict(chain_signers_cn_0=lambda o: [])),
    ('roster', 'number', dict(roster_us_1=put('n', 0))),
    ('roster', 'link', dict(roster_cn_1=put('prev', 'aa' * 32))),
    ('roster', 'no root', dict(roster_signers_us_0=lambda o: o[:1])),
    ('roster', 'no roster key', dict(roster_signers_us_1=lambda o: o[1:])),
    ('roster', 'one registrar', dict(roster_signers_us_1=lambda o: o[:2])),
    ('roster', 'one registrar twice', dict(roster_signers_us_1=lambda o: o[:2] + o[1:2])),
    ('roster', 'no registrar', dict(roster_signers_us_1=lambda o: o[:2] + [('a', 'a')])),
    ('roster', 'the roster key twice', dict(roster_signers_us_1=lambda o: o + o[:1])),
    ('roster', 'the root besides', dict(roster_signers_us_1=lambda o: o + [('root', None)])),
    ('roster', 'another root', dict(roster_signers_us_0=lambda o: o[:1] + [('rogue', None)])),
    ('roster', 'two registrars with one key', dict(
        roster_us_0=lambda o: o['add'][3].__setitem__('key', o['add'][2]['key']),
        roster_signers_us_1=lambda o: o[:2] + [('r', 's')])),
    ('roster', 'left out', dict(rosters_us=lambda o: o[1:])),
    ('roster', 'added again', dict(rosters_us=lambda o: o + [again(o)])),
    ('roster', 'removed, and never there', dict(roster_us_1=put('remove', ['us-q']))),
    ('format', 'a seat twice', dict(roster_us_0=lambda o: o['add'].append(World.add('us-a', ['draft'])))),
    ('format', 'a seat added and removed', dict(roster_us_0=lambda o: {
        **{m: o[m] for m in ('v', 'party', 'n', 'prev', 'add')}, 'remove': ['us-a'], 'time': o['time']})),
    ('format', '257 seats', dict(roster_us_0=lambda o: o['add'].extend(
        World.add('us-%d' % n, ['draft']) for n in range(252)))),
    ('format', 'no role', dict(roster_us_0=lambda o: o['add'][0].__setitem__('roles', []))),
    ('format', 'a role twice', dict(roster_us_0=lambda o: o['add'][0].__setitem__('roles', ['draft'] * 2))),
    ('format', 'a key off its curve', dict(chain_us_1=lambda o: o['node'].__setitem__(1, {
        'suite': 'F1', 'pub': b64(b'\4' + bytes(64))}))),
    ('format', 'no name', dict(chain_us_1=put('name', {'en': '', 'zh': 'x'}))),
    ('format', 'a zone that hides', dict(chain_us_1=put('zone', 'a\u202eb'))),
    ('format', 'a long zone', dict(chain_us_1=put('zone', 'z' * 256))),
    ('format', 'no suite', dict(chain_us_1=put('suites', []))),
    ('format', 'a profile of small items', dict(profile=put('maxitem', 65535))),
    ('format', 'a profile of parts larger than items', dict(profile=put('maxpart', (1 << 23) + 1))),
    ('format', 'a profile of another day', dict(profile=put('skew', 86401))),
    ('format', 'a profile without a language', dict(profile=put('langs', []))),
    ('format', 'refused in no place', dict(header_cn_7=lambda o: o['receipt']['refused'][0].__setitem__('i', 64))),
    ('format', 'a signature of no bytes', dict(signatures_one=lambda o: o[0].__setitem__('sig', ''))),
    ('format', 'a signature of no bytes, refused', dict(signatures_three=lambda o: o[0].__setitem__('sig', ''))),
    ('format', 'a signature of too many bytes', dict(signatures_one=lambda o: o[0].__setitem__('sig', b64(bytes(8193))))),
    ('format', 'a proof of many bytes', dict(proof_us_4=lambda o: o['path'].extend(['aa' * 32] * 1000))),
    ('format', 'a statement larger than any item', dict(profile=lambda o: o.update(maxitem=65536, maxpart=65536),
                                                       part_one=lambda o: o + bytes(65536))),
    ('control', 'a file that no statement can have', dict(stored=put('i', 64))),
    ('profile', 'roots', dict(profile=put('roots', ['aa' * 32, 'ff' * 32]))),
    ('profile', 'one root', dict(profile_signers=lambda o: o[:1])),
    ('profile', 'one root twice', dict(profile_signers=lambda o: o[:1] * 2)),
    ('profile', 'a root more', dict(profile_signers=lambda o: o + ['us.root2'])),
    ('profile', 'another key', dict(profile_signers=lambda o: ['cn.root', 'us.roster'])),
    ('profile', 'not here', dict(header_us_6=put('profile', 'aa' * 32))),
    ('channel', 'another', dict(header_us_6=put('channel', 'aa' * 32))),
    ('channel', 'another realm', dict(head=put('realm', 'exercise:x'))),
    ('header', 'chain', dict(header_us_6=put('chain', 'aa' * 32))),
    ('header', 'roster', dict(header_us_6=put('roster', 'aa' * 32))),
    ('header', 'key', dict(header_us_6=put('key', 'aa' * 32))),
    ('header', 'a roster entry left out', dict(rosters_cn=lambda o: o[:1])),
    ('header', 'a third party', dict(header_us_7=put('from', 'fr'))),
    ('item-signature', 'none', dict(node_us_6=lambda o: [])),
    ('item-signature', 'one suite', dict(suites=BOTH, node_us_6=lambda o: o[:1])),
    ('item-signature', 'order', dict(suites=BOTH, node_us_6=lambda o: o[::-1])),
    ('item-signature', 'one twice', dict(node_us_6=lambda o: o * 2)),
    ('item-signature', 'a second of one suite', dict(
        chain_us_1=lambda o: o['node'].append(KEYS('us.spare').json), node_us_6=lambda o: o + [('us.spare', 'E1')])),
    ('item-signature', 'the other party', dict(node_us_6=lambda o: o + [('cn.node', 'E1')])),
    ('item-signature', 'changed', dict(records=edit('I', 0, b'T10:00:12', b'T10:00:11'))),
    ('control', 'another', dict(control_cn_5=lambda o: o.replace(b'"i":0', b'"i":1'))),
    ('control', 'signed', dict(control_signers=lambda o: [KEYS('cn.node').sign('filereceipt', b'')])),
    ('control', 'junk', dict(control_cn_5=lambda o: b'{"not":"one"}')),
    ('item-signature', 'suite', dict(header_us_6=put('suite', 'F1'))),
    ('format', 'a profile twice', dict(records=copy('Q'))),
    ('format', 'the year 1', dict(head=put('time', '0001-01-01T00:00:00.000Z'))),
    ('format', 'the year 0', dict(head=put('time', '0000-01-01T00:00:00.000Z'))),
    ('format', 'a media type with _', dict(manifest_one=lambda o: o['parts'][0].__setitem__('type', 'application/x_y'))),
    ('format', 'refused after upto', dict(header_cn_7=lambda o: o['receipt']['refused'][0].__setitem__('seq', 7))),
    ('part', 'an empty F', dict(records=empty_key)),
    ('header', 'an older roster', dict(header_us_7=older('us'))),
    ('proof', 'a refusal of what an earlier receipt took', dict(header_cn_7=lambda o: o['receipt'].__setitem__('refused', [
        {'seq': 4, 'i': 0, 'code': 'seat'}, {'seq': 6, 'i': 1, 'code': 'seat'}]))),
    ('proof', 'a later receipt than the first', dict(proof_us_4=lambda o: o.__setitem__('receipt', 7))),
    ('officer-signature', 'a refusal that no proof names', dict(records=drop('V', 2))),
    ('format', 'a statement again for a later item', dict(
        header_us_7=lambda o: o['statements'].append(World().one),
        records=lambda o: o.insert(find(o, 'D'), o[find(o, 'T', 1)]))),
    ('proof', 'path', dict(proof_us_6=lambda o: o['path'].__setitem__(0, 'aa' * 32))),
    ('proof', 'path too long', dict(proof_us_6=lambda o: o['path'].append('aa' * 32))),
    ('proof', 'path too short', dict(proof_us_6=lambda o: o['path'].pop() and None)),
    ('proof', 'no receipt', dict(proof_us_6=put('receipt', 6))),
    ('proof', 'receipt not here', dict(proof_us_6=put('receipt', 99))),
    ('proof', 'receipt too early', dict(proof_us_6=put('receipt', 4))),
    ('proof', 'item not here', dict(records=lambda o: o.insert(find(o, 'V', -1), rec('V', js(
        {'from': 'us', 'epoch': 0, 'seq': 5, 'receipt': 7, 'path': ['aa' * 32] * 3}))) or o.pop(find(o, 'I', 5)) and None)),
    ('statement', 'unnamed', dict(header_us_7=put('statements', ['aa' * 32]))),
    ('statement', 'matter', dict(manifest_five=put('matter', 'US-2026-000008'))),
    ('statement', 'realm', dict(manifest_five=put('realm', 'exercise:x'))),
    ('statement', 'author', dict(manifest_five=lambda o: o.update({'from': 'cn', 'to': ['us']}))),
    ('statement', 'recipient', dict(manifest_five=put('to', ['fr']))),
    ('officer-signature', 'bad', dict(signatures_one=lambda o: o[0].__setitem__('sig', b64(bytes(64))))),
    ('officer-signature', 'bad DER', dict(suites=BOTH, signatures_one=lambda o: o[1].__setitem__('sig', b64(b'0' * 70)))),
    ('officer-signature', 'another seat', dict(signers_five=lambda o: [('us-x', 'us-a')])),
    ('officer-signature', 'removed', dict(signers_five=lambda o: [('us-x', 'us-x')])),
    ('officer-signature', 'the other party’s', dict(signers_five=lambda o: [('cn-a', 'cn-a')])),
    ('officer-signature', 'no seat', dict(signers_five=lambda o: [(None, 'us-a')])),
    ('class', 'one of dual', dict(signers_one=lambda o: o[:1])),
    ('officer-signature', 'one twice', dict(signers_one=lambda o: o[:1] * 2)),
    ('officer-signature', 'a third signature, by one of the two', dict(signers_one=lambda o: o + o[:1])),
    ('class', 'no release', dict(signers_one=lambda o: [('us-b', 'us-b'), ('us-r', 'us-r')])),
    ('class', 'nobody', dict(signers_five=lambda o: [])),
    ('class', 'emergency of a draft', dict(signers_four=lambda o: [('us-b', 'us-b')])),
    ('class', 'no reason', dict(manifest_four=lambda o: o['release'].pop('reason') and None)),
    ('class', 'no due time', dict(manifest_four=lambda o: o['release'].pop('due') and None)),
    ('part', 'changed', dict(part_one=lambda o: o[:-1] + b'!')),
    ('part', 'longer', dict(part_one=lambda o: o + b'!')),
    ('part', 'no salt', dict(part_one=lambda o: b'')),
    ('file', 'changed', dict(records=edit('d', 1, b'\x10', b'\x11'))),
    ('file', 'cut', dict(records=drop('d', -1))),
    ('file', 'more', dict(records=lambda o: o.append(rec('d', b'x')))),
    ('file', 'size', dict(records=edit('D', 0, b'"size":10240', b'"size":10241'))),
    ('file', 'another statement', dict(records=lambda o: o.__setitem__(find(o, 'D', 1), rec('D', js(
        {'statement': 'aa' * 32, 'i': 0, 'size': 0}))))),
    ('file', 'another number', dict(records=edit('D', 1, b'"i":1', b'"i":2'))),
    ('equivocation', 'twin', dict(records=late_twin)),
]


def again(rosters):
    """A third roster entry that adds the seat the second removed."""
    prev = rosters[1][10:]
    size = int.from_bytes(rosters[1][6:10], 'big')
    body = js({'v': 1, 'party': 'us', 'n': 2, 'prev': h('roster', prev[:size]), 'add': [World.add('us-x', ['draft'])],
               'time': clock(3)})
    return rec('R', signed(body, [KEYS('us.roster').sign('roster', body), KEYS('us-r').sign('roster', body, 'us-r'),
                                  KEYS('us-s').sign('roster', body, 'us-s')]))


# ---------------------------------------------------------------- the tests

class OwnCase(unittest.TestCase):
    def test_good(self):
        self.assertIsNone(judge(World(suites=BOTH).file()))
        raw = World().file()
        case = verify.Case(io.BytesIO(raw), World.trust)
        case.check()
        told = verify.account(case)
        self.assertEqual(told['counts'], {'statements': 5, 'receipted': 4, 'erased': 1, 'files': 2})
        self.assertEqual([s['at'] for s in told['statements']],
                         ['cn/0/6.0', 'us/0/4.0', 'us/0/6.1', 'us/0/6.2', 'us/0/7.0'])
        self.assertEqual([s['refused'] for s in told['statements']], [None, None, 'seat', None, None])
        self.assertEqual([(f['here'], f['receipted']) for f in told['statements'][1]['files']], [(True, True), (True, False)])
        self.assertEqual([(r['remark'], r['at']) for r in told['remarks']], [('unreceipted', 'us/0/7.0')])

    def remarks(self, **twists):
        case = verify.Case(io.BytesIO(World(**twists).file()), World.trust)
        case.check()
        return [(r['remark'], r['at']) for r in verify.account(case)['remarks']]

    def test_remarks(self):
        last = ('unreceipted', 'us/0/7.0')
        self.assertEqual(self.remarks(ghost=lambda o: 'ee' * 32), [('gap', 'us/0/6.2'), last])
        self.assertEqual(self.remarks(header_us_4=put('time', clock(72))), [last])
        self.assertEqual(self.remarks(header_us_4=put('time', clock(73))), [('skew', 'us/0/4.0'), last])
        self.assertEqual(self.remarks(records=drop('V', 1)), [('unreceipted', 'us/0/4.0'), last])

    def test_bad(self):
        for code, what, twists in BAD:
            with self.subTest(code=code, what=what):
                self.assertEqual(judge(World(**twists).file()), code)
        codes = {key.split('.')[0] for key in list(verify.TEXT)[:list(verify.TEXT).index('where')]}
        self.assertEqual(codes - {code for code, _, _ in BAD}, {'trust'})

    def test_trust(self):
        raw = World().file()
        self.assertEqual(judge(raw, {'us': World.trust['us']}), 'trust')
        self.assertEqual(judge(raw, {**World.trust, 'cn': World.trust['us']}), 'trust')
        self.assertIsNone(judge(raw, {**World.trust, 'fr': 'aa' * 32}))

    def test_trailing(self):
        self.assertEqual(judge(World().file() + b'\0'), 'format')

    def test_truncation(self):
        raw = World().file()
        for size in [*range(0, len(raw), 97), len(raw) - 1]:
            self.assertEqual(judge(raw[:size]), 'truncated', size)

    def test_flips(self):
        raw, dice = bytearray(World().file()), random.Random(7)
        for _ in range(300):
            at, bit = dice.randrange(len(raw)), 1 << dice.randrange(8)
            raw[at] ^= bit
            self.assertIsNotNone(judge(bytes(raw)), at)
            raw[at] ^= bit

    def test_sealed_flips(self):
        """Flips that the end record was made to fit: what they hit is signed, or hashed, or shows. Not so the head,
        the signatures of a refused statement, and the keys of files (the zeros here), which nothing in the file fixes."""
        listed, dice = World().records(), random.Random(8)
        loose = [find(listed, 'c'), find(listed, 'T', 2)]
        for _ in range(400):
            i = dice.randrange(len(listed))
            at = dice.randrange(len(listed[i]))
            if i in loose or bytes(24) in listed[i][max(0, at - 24):at + 25] and listed[i][:1] == b'T':
                continue
            spoiled = bytearray(listed[i])
            spoiled[at] ^= 1 << dice.randrange(8)
            self.assertIsNotNone(judge(seal(listed[:i] + [bytes(spoiled)] + listed[i + 1:])), (i, at, spoiled))

    def test_lengths(self):
        for raw in (b'G\xff\xff\xff\xff', rec('G', b'comity-case/1') + b'c\xff\xff\xff\xff{',
                    rec('G', b'comity-case/1') + b'c\x00\x10\x00\x01', b'', b'PK\3\4', b'\0' * 100000):
            self.assertIn(judge(raw), ('format', 'truncated'))
        listed = World().records()
        for tag in 'AQITD':
            i = find(listed, tag)
            for length in (0, 1, 4, 5, len(listed[i]) - 6, len(listed[i]) - 4, 1 << 31, (1 << 32) - 1):
                spoiled = listed[i][:1] + length.to_bytes(4, 'big') + listed[i][5:]
                self.assertIsNotNone(judge(seal(listed[:i] + [spoiled] + listed[i + 1:])), (tag, length))

    def test_memory(self):
        """An attachment of 48 MiB at flat memory."""
        block, count = bytes(1 << 20), 48
        world = World(manifest_one=lambda o: o['files'][0].update(
            size=count << 20, plain=functools.reduce(lambda d, _: d.update(block) or d, range(count), sha(
                b'comity/file/1\n' + sha(b'one').digest())).hexdigest()))
        listed = world.records()
        first, second = find(listed, 'D'), find(listed, 'D', 1)
        listed[first:second] = [rec('D', js({'statement': world.one, 'i': 0, 'size': count << 20}))] + [rec('d', block)] * count
        with tempfile.TemporaryFile() as stream:
            stream.write(seal(listed))
            stream.seek(0)
            tracemalloc.start()
            verify.Case(stream, World.trust).check()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        self.assertLess(peak, 8 << 20)


class Spelling(unittest.TestCase):
    def refused(self, kind, raw):
        with self.assertRaises(verify.Fault, msg=raw):
            verify.decode(kind, raw)

    def test_json(self):
        good = b'{"records":12,"hash":"' + b'a' * 64 + b'"}'
        verify.decode('end', good)
        for old, new in ((b'12', b' 12'), (b'12', b'012'), (b'12', b'-0'), (b'12', b'12.0'), (b'12', b'1e1'), (b'12', b'NaN'),
                         (b'12', b'9007199254740993'), (b'12', b'true'), (b'12', b'null'), (b'12', b'"12"'),
                         (b'records', b'record\\u0073'), (b'"records":12,', b'"records":12,"records":12,'),
                         (b'}', b',"x":1}'), (b'}', b'}\n'), (b'aa"', b'aA"'), (b'{"records":12,', b'{')):
            self.refused('end', good.replace(old, new, 1))
        self.refused('end', good[:-1] + b',"a":' + b'[' * 100000)
        self.refused('end', b'{"hash":"' + b'a' * 64 + b'","records":12}')
        verify.decode('end', good.replace(b'12', b'9007199254740992'))

    def test_strings(self):
        def name(raw):
            return b'{"class":"sole_emergency","reason":"' + raw + b'"}'
        for fine in (b'a', b'\\"\\\\', b'\\b\\f\\n\\r\\t', b'\\u0000\\u001f', b'\\u2028\\u2029', '\x7f…中😀<>&'.encode()):
            verify.decode('release', name(fine))
        for bad in (b'\\/', b'\\u0041', b'\\u000a', b'\\u001F', b'\n', '\u2028'.encode(), b'\xff', b'\\ud800',
                    b'\\ud83d\\ude00', b'\xed\xa0\x80', 'e\u0301'.encode(), b'\\u007f'):
            self.refused('release', name(bad))

    def test_base64_and_time(self):
        bytes_, time = verify.WORDS['bytes'], verify.WORDS['time']
        for fine in ('', 'AA==', 'AAA=', 'AAAA', '+/8='):
            self.assertTrue(bytes_(fine))
        for bad in ('A', 'AA', 'AB==', 'AAB=', 'AA=A', '-_8=', 'AA==\n', 'AA==AA=='):
            self.assertFalse(bytes_(bad), bad)
        for bad in ('2026-01-01T00:00:00Z', '2026-13-01T00:00:00.000Z', '2026-01-01T24:00:00.000Z',
                    '2026-01-01T00:00:60.000Z', '2026-01-01T00:00:00.0000Z', '2026-1-01T00:00:00.000Z',
                    '２026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z\n'):
            self.assertFalse(time(bad), bad)


    def test_names(self):
        endpoint, lang = verify.WORDS['endpoint'], verify.WORDS['lang']
        for fine in ('https://a', 'https://node.example:8443', 'https://[2001:db8::1]:443'):
            self.assertTrue(endpoint(fine), fine)
        for bad in ('http://a', 'https://', 'https://a/', 'https://a:', 'https://a:0', 'https://a:123456', 'https://a b',
                    'https://u@a', 'https://a?q', 'https://' + 'a' * 250, 'https://[::1', 'https://node.example\n'):
            self.assertFalse(endpoint(bad), bad)
        self.assertEqual([lang(v) for v in ('zh', 'z', 'z' * 36)], [True, False, False])

    def test_kem(self):
        point = b'\4' + b''.join(v.to_bytes(32, 'big') for v in verify.G)
        self.assertTrue(verify.kem_key('E1', bytes(1216)) and verify.kem_key('F1', bytes(1184) + point))
        for suite, pub in (('E1', b''), ('E1', bytes(1215)), ('E1', bytes(1217)), ('F1', bytes(1249)), ('F1', bytes(1216)),
                           ('E1', b'\1\x0d' + bytes(1214)), ('E1', bytes(1150) + b'\x10\xd0' + bytes(64))):
            self.assertFalse(verify.kem_key(suite, pub), (suite, len(pub)))
        self.assertTrue(verify.kem_key('E1', b'\0\x0d' + bytes(1214)))


class Signatures(unittest.TestCase):
    def test_rfc8032(self):
        for seed, pub, message, signature in (
                ('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
                 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
                 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b'
                 'd25bf5f0595bbe24655141438e7a100b'),
                ('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
                 '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
                 '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c'
                 '387b2eaeb4302aeeb00d291612bb0c00')):
            seed, pub, message, signature = map(bytes.fromhex, (seed, pub, message, signature))
            self.assertEqual((ed_public(seed)[1], ed_sign(seed, message)), (pub, signature))
            self.assertTrue(verify.ed25519(pub, message, signature))
            s = int.from_bytes(signature[32:], 'little') + L
            self.assertFalse(verify.ed25519(pub, message, signature[:32] + s.to_bytes(32, 'little')))
            self.assertFalse(verify.ed25519(pub, message + b'x', signature))
            self.assertFalse(verify.ed25519(pub, message, signature[:63]))

    def test_ed25519_edges(self):
        for raw in (P, P + 1, 2, 1 | 1 << 255, (1 << 256) - 1):    # not canonical, no point, minus zero
            self.assertIsNone(verify.ed_point(raw.to_bytes(32, 'little')))
        identity = (1).to_bytes(32, 'little')       # of small order, and yet cofactorless verification holds
        self.assertTrue(verify.ed25519(identity, b'm', identity + bytes(32)))
        self.assertFalse(verify.ed25519(identity, b'm', (1 | 1 << 255).to_bytes(32, 'little') + bytes(32)))
        self.assertFalse(verify.ed25519(identity, b'm', (P + 1).to_bytes(32, 'little') + bytes(32)))
        self.assertFalse(verify.ed25519(identity, b'm', identity + L.to_bytes(32, 'little')))

    def test_p256(self):
        pub = bytes.fromhex('0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'
                            '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299')
        r = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
        s = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8
        signature = verify.der(r, s)
        self.assertTrue(verify.ecdsa_p256(pub, b'sample', signature))       # RFC 6979 A.2.5
        self.assertTrue(verify.ecdsa_p256(pub, b'sample', verify.der(r, verify.N - s)))
        for bad in (b'', signature[:-1], signature + b'\0', verify.der(r, s + verify.N), verify.der(0, s), verify.der(r, 0),
                    b'0' + bytes([signature[1] + 1]) + b'\2' + bytes([signature[3] + 1]) + b'\0' + signature[4:],
                    b'0' * 72, b'\xff' * 70, b'0\x06\2\0\2\0' + b'\0' * 8, bytes(range(8))):
            self.assertFalse(verify.ecdsa_p256(pub, b'sample', bad), bad)
        self.assertFalse(verify.ecdsa_p256(pub, b'test!', signature))
        for bad in (b'\2' + pub[1:], pub[:-1] + b'\0', b'\4' + b'\xff' * 64, b'\4' + bytes(64)):
            self.assertFalse(verify.ecdsa_p256(bad, b'sample', signature))

    def test_merkle(self):
        leaves = [bytes([n]) * 32 for n in range(14)]
        for size in range(1, 15):
            for m in range(size):
                way, root = path(leaves[:size], m), merkle(leaves[:size]).hex()
                self.assertEqual(verify.merkle_root(leaves[m], m, size, way), root)
                self.assertNotEqual(verify.merkle_root(leaves[m], m, size, way + ['aa' * 32]), root)
                self.assertNotEqual(verify.merkle_root(leaves[m], (m + 1) % size, size, way), root if size > 1 else 0)


class CommandLine(unittest.TestCase):
    def run_it(self, *args):
        done = subprocess.run([sys.executable, os.path.join(HERE, 'verify.py'), *args], capture_output=True,
                              env={**os.environ, 'LC_ALL': 'C', 'PYTHONUTF8': '0', 'PYTHONDONTWRITEBYTECODE': '1'})
        self.assertNotIn(b'Traceback', done.stderr)
        return done.returncode, done.stdout.decode('utf-8')

    def test_command_line(self):
        with tempfile.TemporaryDirectory() as place:
            def write(name, raw):
                with open(os.path.join(place, name), 'wb') as stream:
                    stream.write(raw)
                return stream.name
            raw = World().file()
            good, bad = write('good', raw), write('bad', raw[:-9])
            trust = write('trust', json.dumps({'v': 1, 'parties': World.trust}, indent=3).encode())
            code, out = self.run_it(good, '--trust', trust)
            self.assertEqual((code, out[:5]), (0, 'GOOD:'))
            self.assertIn('on fire\ufffdnow', out)
            code, out = self.run_it(good, '--trust', trust, '--lang', 'zh')
            self.assertEqual((code, out[:2]), (0, '无误'))
            code, out = self.run_it(good, '--trust', trust, '--json')
            self.assertEqual((code, json.loads(out)['counts']['statements']), (0, 5))
            for lang in verify.LANGS:
                code, out = self.run_it(bad, '--trust', trust, '--lang', lang)
                self.assertEqual((code, out[:17]), (1, 'FAULT truncated: '))
            with open(os.devnull, 'wb') as hole:        # a reader that is gone changes no verdict
                reader, writer = os.pipe()
                os.close(reader)
                done = subprocess.run([sys.executable, os.path.join(HERE, 'verify.py'), bad, '--trust', trust], stdin=hole,
                                      stdout=writer, stderr=subprocess.PIPE)
                os.close(writer)
            self.assertEqual((done.returncode, done.stderr), (1, b''))
            code, out = self.run_it(bad, '--trust', trust, '--json')
            self.assertEqual((code, json.loads(out)['code']), (1, 'truncated'))
            for args in ((), (good,), (good, '--trust', good), (good, '--trust', trust, '--lang', 'fr'),
                         (good, '--trust', write('deep', b'[' * 100000)), (place, '--trust', trust),
                         (good, '--trust', write('t2', b'{"v":1,"parties":{"US":"00"}}')),
                         (good, '--trust', write('t3', b'{"v":1,"parties":{},"parties":{}}')),
                         (good, '--trust', write('t4', js({'v': 1, 'parties': dict(reversed(World.trust.items()))}))),
                         (os.path.join(place, 'none'), '--trust', trust)):
                self.assertEqual(self.run_it(*args), (2, ''), args)


def vector(name):
    with open(os.path.join(HERE, 'vectors', name), encoding='utf-8') as stream:
        return json.load(stream)


class Vectors(unittest.TestCase):
    def test_cases(self):
        trust = verify.read_trust(os.path.join(HERE, 'vectors', 'case', 'trust.json'))
        names = sorted(glob.glob(os.path.join(HERE, 'vectors', 'case', '*.comity')))
        self.assertGreaterEqual(len(names), 20)
        for name in names:
            code = os.path.basename(name).split('.')[0]
            with self.subTest(os.path.basename(name)), open(name, 'rb') as stream:
                self.assertEqual(judge(stream.read(), trust), None if code.startswith('good') else code)

    def test_pae(self):
        for one in vector('pae.json'):
            kind, body = one['type'].split('/')[1], one['body'].encode()
            self.assertEqual((verify.pae_head(kind, len(body)) + body, verify.typed_hash(kind, body)),
                             (one['pae'].encode(), one['hash']))

    def test_keys(self):
        for one in vector('keys.json'):
            self.assertEqual(verify.key_name(one['key']), one['name'])

    def test_signatures(self):
        for one in vector('signatures.json'):
            kind, body = one['type'].split('/')[1], one['body'].encode()
            self.assertTrue(verify.conforms('key', one['key']) and verify.conforms('signature', one['signature']))
            self.assertTrue(verify.good_of({one['signature']['key']: one['key']}, kind, body, one['signature']))
            self.assertFalse(verify.good(one['key'], 'manifest', body, one['signature']))

    def test_passkey(self):
        one = vector('passkey.json')
        kind, body = one['type'].split('/')[1], one['body'].encode()
        rp = sha(one['rp id'].encode()).digest()
        self.assertTrue(verify.conforms('seat-key', one['key']) and not verify.conforms('key', one['key']))
        self.assertEqual((verify.key_name(one['key']), base64.b64decode(one['key']['pub'])[65:]), (one['name'], rp))
        self.assertEqual(base64.urlsafe_b64decode(one['challenge'] + '=').hex(), h(kind, body))
        self.assertTrue(len(one['good']) > 5 and len(one['refused']) > 40)
        for each, fine in [(each, True) for each in one['good']] + [(each, False) for each in one['refused']]:
            with self.subTest(each['why']):
                self.assertEqual(verify.good(one['key'], kind, body, each), fine)
            self.assertFalse(verify.good(one['key'], 'header', body, each) and fine)

    def test_channel(self):
        for one in vector('channel.json'):
            roots = bytes.fromhex(''.join(sorted(one['roots'])))
            self.assertEqual(verify.typed_hash('channel', roots + one['realm'].encode()), one['channel'])

    def test_pair(self):
        for one in vector('pair.json'):
            raw = hashlib.sha512(pae('pair', bytes.fromhex(''.join(sorted(one['roots']))))).digest()
            groups = (int.from_bytes(raw[at:at + 5], 'big') % 100000 for at in range(0, 60, 5))
            self.assertEqual(' '.join('%05d' % group for group in groups), one['number'])

    def test_party(self):
        one, roots = vector('party.json'), vector('pair.json')[0]['roots']
        raw = base64.b64decode(one['file'])
        party, records = verify.Party('us', roots[0]), verify.Records(verify.Tape(io.BytesIO(raw)), len(raw))
        self.assertEqual(records.take('G'), b'comity-party/1')
        records.each('C', 'chain', party.add_chain)
        records.each('R', 'roster', party.add_roster)
        prekey, _, signatures = records.signed('K', 'prekey')
        records.close()
        node = party.chain[list(party.chain)[-1]]['node'][0]
        self.assertTrue(verify.signed_by({verify.key_name(node): node}, 'prekey', prekey, signatures))
        self.assertEqual([h('chain', each.encode()) for each in one['chain']], list(party.chain))
        self.assertEqual([h('roster', each.encode()) for each in one['roster']], list(party.rosters))
        self.assertEqual(one['prekey'].encode(), prekey)
        raw = base64.b64decode(one['signed profile'])
        records = verify.Records(verify.Tape(io.BytesIO(rec('Q', raw))), 5 + len(raw))
        raw, profile, signatures = records.signed('Q', 'profile')
        self.assertEqual((raw, profile['roots']), (one['profile'].encode(), sorted(roots)))
        keys = {each['name']: each['key'] for each in vector('keys.json') if each['name'] in roots}
        self.assertTrue(verify.signed_by(keys, 'profile', raw, signatures))

    def test_padding(self):
        for one in vector('padding.json'):
            e = one['size'].bit_length() - 1
            mask = (1 << (e - e.bit_length())) - 1
            self.assertEqual((one['size'] + mask) & ~mask, one['padded'])

    def test_headers(self):
        keys = {one['name']: one['key'] for one in vector('keys.json')}
        for one in vector('header.json'):
            raw = one['header'].encode()
            verify.decode('header', raw)
            self.assertEqual((verify.typed_hash('header', raw), sha(b'\0' + raw).hexdigest()), (one['hash'], one['leaf']))
            self.assertTrue(all(verify.good_of(keys, 'header', raw, s) for s in one['sigs']))

    def test_statement(self):
        one = vector('statement.json')
        raw = one['manifest'].encode()
        manifest = verify.decode('manifest', raw)
        self.assertEqual(verify.typed_hash('manifest', raw), one['id'])
        salt, body = base64.b64decode(one['part']['Salt']), base64.b64decode(one['part']['Body'])
        self.assertEqual(verify.typed_hash('part', salt + body), manifest['parts'][0]['hash'])
        for bad in one['refused']:
            with self.subTest(bad['why']), self.assertRaises(verify.Fault):
                verify.decode('manifest', bad['manifest'].encode())

    def test_files(self):
        for one in vector('file.json'):
            plain = sha(b'comity/file/1\n' + base64.b64decode(one['salt']) + b'a' * one['size'])
            self.assertEqual((plain.hexdigest(), verify.sealed(one['size'])), (one['plain'], one['cipher size']))


if __name__ == '__main__':
    unittest.main()
