using MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Protocols;

/// <summary>SignalR's protocols with the contract's JSON inside.</summary>
internal static class HubProtocols
{
    public static JsonHubProtocol Json() => new(Options.Create(new JsonHubProtocolOptions { PayloadSerializerOptions = HubJson.Options }));

    public static MessagePackHubProtocol MessagePack() => new(Options.Create(new MessagePackHubProtocolOptions
    {
        SerializerOptions = MessagePackSerializerOptions.Standard
            .WithResolver(new JsonBridgeResolver(HubJson.Options))
            .WithSecurity(MessagePackSecurity.UntrustedData),
    }));
}
