import { z } from 'zod';

/** Hosts that may be reached over TLS. The proxy reads them in earnest; this keeps out what could never be one. */
const host = z.string().regex(/^(?:\*|(?:\*\.)?[^\s*:/@?#[\]\\]{1,253}|[0-9A-Fa-f:.]{2,45})$/, 'a host: a name (registry.example.com), *.name for one label below it, * for every public name, or an address; without scheme and port');
const hosts = z.array(host).max(200);
const range = z.string().regex(/^[0-9A-Fa-f:.]{2,45}(?:\/\d{1,3})?$/, 'a range of addresses, like 10.20.0.0/16');

/** What a check may reach: nothing, hosts through the egress proxy, or the runner's whole network. */
export const CheckNetwork = z.union([z.boolean(), hosts], 'must be true, false or a list of hosts');

export const NetworkConfig = z.strictObject({
  allow: hosts.default([]).describe('Hosts the agent may reach over TLS, through the egress proxy. Empty: none.'),
  ports: z.array(z.number().int().min(1).max(65_535)).max(20).default([443]).describe('Ports of these hosts, and of the hosts of checks. With 80, plain GET requests as well.'),
  private: z.array(range).max(50).default([]).describe('Address ranges beside the public ones that allowed names may lead to, for a mirror in your own network.'),
  bytes_up_mb: z.number().int().positive().default(10).describe('What one agent session, or one check, may send.'),
  bytes_down_mb: z.number().int().positive().default(512).describe('What one agent session, or one check, may receive.'),
});
