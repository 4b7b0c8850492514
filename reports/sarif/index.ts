export { fingerprintName, type SarifFinding, type SarifRule, sarifLog } from './sarif-log.ts';
