/** What a service that judges code by rules of its own has said. */
export interface QualityGateCondition { readonly metric: string; readonly passed: boolean; readonly actual: string; readonly threshold: string }

export interface QualityGateAnswer {
  /** `none`: the service has no gate for the project, or nothing that it could judge. */
  readonly status: 'passed' | 'failed' | 'none';
  readonly conditions: readonly QualityGateCondition[];
  /** About what the service spoke: `analysis of this candidate`, `newest analysis of shop`. */
  readonly about: string;
}
