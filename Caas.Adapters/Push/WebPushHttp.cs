using Caas.Core.Outbound;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Push;

/// <summary>HTTP to browsers' push services: as to all addresses that users name, with connections of their own.</summary>
internal sealed class WebPushHttp(IOptions<OutboundOptions> options) : IDisposable
{
    public OutboundHttp Client { get; } = OutboundHttp.For(options.Value, options.Value.AllowPrivateAddresses, OutboundUse.WebPush);

    public void Dispose() => Client.Dispose();
}
