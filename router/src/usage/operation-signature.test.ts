import { describe, expect, it } from 'vitest';
import { signatureOf } from './operation-signature.ts';

describe('what is kept of an operation', () => {
  it.each([
    ['texts and numbers', '{ a(x: "ada@example.com", y: 42, z: 1.5) }', '{a(x:"" y:0 z:0.0)}'],
    ['block texts and comments', '{ a(x: """secret""") # secret\n}', '{a(x:"")}'],
    ['lists and objects', '{ a(x: ["s1", "s2"], y: {name: "s3", kind: OPEN, on: true}) }', '{a(x:[""]y:{name:"",kind:OPEN,on:true})}'],
    ['defaults of variables', 'query($x: String = "secret") { a(x: $x) }', 'query($x:String=""){a(x:$x)}'],
  ])('has none of the values in it: %s', (_what, text, expected) => {
    expect(signatureOf(text, undefined)).toEqual({ name: '', text: expect.stringMatching(/^(?!.*(ada|secret|s\d"|42|1\.5))/) });
    expect(signatureOf(text, undefined)?.text.replaceAll(/[\s,]+/g, ' ')).toBe(expected.replaceAll(/[\s,]+/g, ' '));
  });

  it('is the operation that ran, with its fragments and no others', () => {
    const text = 'query A { a { ...F } } query B { b { ...G } } fragment F on X { f } fragment G on X { g }';
    expect(signatureOf(text, 'B')).toEqual({ name: 'B', text: 'query B{b{...G}}fragment G on X{g}' });
    expect(signatureOf(text, 'C')).toBeUndefined();
  });

  it('has the labels of what is deferred, which must differ from each other', () => {
    const text = '{ a(x: "secret") { ... @defer(label: "one") { b } ... @defer(label: "two", if: $on) { c } } }';
    expect(signatureOf(text, undefined)?.text).toBe('{a(x:""){...@defer(label:"one"){b}...@defer(label:"two" if:$on){c}}}');
  });

  it('is nothing when only the schema was asked for', () => {
    expect(signatureOf('query IntrospectionQuery { __schema { types { name } } }', undefined)).toBeUndefined();
    expect(signatureOf('{ __typename }', undefined)).toBeUndefined();
  });
});
