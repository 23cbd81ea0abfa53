import { type CheckReport, count, describeEffect, type Finding, idOf, SECTIONS } from '../finding.ts';

const CONTROL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g;

const escapeXml = (text: string): string =>
  text.replace(CONTROL, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const testCase = (finding: Finding): string => {
  const { section, place, severity, message, reach, effects = [] } = finding;
  const where = place === undefined ? [] : [`${place.file}:${place.line}:${place.column}`];
  const text = escapeXml([message, ...(reach === undefined ? [] : [reach]), ...where, ...effects.map(describeEffect)].join('\n'));
  const inside =
    severity === 'error'
      ? `<failure message="${escapeXml(message)}" type="${escapeXml(finding.rule)}">${text}</failure>`
      : `<system-out>${text}</system-out>`;
  return `    <testcase classname="supergraph.${section}" name="${escapeXml(idOf(finding))}">${inside}</testcase>`;
};

/** For forges and servers that read JUnit's XML: an error is a failed test case. */
export const printJunit = ({ findings, durationMs }: CheckReport): string => {
  const suites = SECTIONS.map((section) => {
    const own = findings.filter((finding) => finding.section === section);
    const cases = own.length === 0 ? [`    <testcase classname="supergraph.${section}" name="${section}"/>`] : own.map(testCase);
    return [`  <testsuite name="${section}" tests="${cases.length}" failures="${count(own, 'error')}">`, ...cases, '  </testsuite>'].join('\n');
  });
  const tests = findings.length + SECTIONS.filter((section) => findings.every((finding) => finding.section !== section)).length;
  const head = `<testsuites name="supergraph check" tests="${tests}" failures="${count(findings, 'error')}" time="${(durationMs / 1000).toFixed(3)}">`;
  return `${['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>'].join('\n')}\n`;
};
