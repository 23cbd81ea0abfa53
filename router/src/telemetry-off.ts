// @apollo/gateway reads this when it is made, and else sends metrics and asks cloud metadata addresses where it runs.
// biome-ignore lint/style/noProcessEnv: there is no other way to tell it.
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
