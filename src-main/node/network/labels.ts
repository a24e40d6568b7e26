/** On an EndpointSlice: the Service it belongs to. */
export const serviceNameLabel = 'kubernetes.io/service-name';
