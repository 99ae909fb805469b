import type { AwsSource } from './aws-credentials.js';
import type { GoogleSource } from './google-credentials.js';

/**
 * How the provider knows us. `key` is the header that belongs to the wire format, `bearer` a token in `authorization`
 * whatever the format, `azure` the `api-key` header with the paths of that cloud; the key itself stands beside it. The
 * other two hold the credentials of a cloud.
 */
export type ProviderAuth =
  | { readonly kind: 'key' }
  | { readonly kind: 'bearer' }
  | { readonly kind: 'azure'; readonly apiVersion: string | undefined; readonly deployment: string | undefined }
  | { readonly kind: 'bedrock'; readonly region: string; readonly modelId: string | undefined; readonly credentials: AwsSource }
  | { readonly kind: 'vertex'; readonly project: string; readonly location: string; readonly modelId: string | undefined; readonly credentials: GoogleSource };
