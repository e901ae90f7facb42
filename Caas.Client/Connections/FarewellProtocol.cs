using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Caas.Contracts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Client;

/// <summary>
/// Notes why the server ends a connection as soon as it is received. SignalR's client hands invocations out from a queue, and does not wait for that queue when the connection ends:
/// a farewell that was received before the end would often be heard after it.
/// </summary>
internal sealed class FarewellProtocol(IHubProtocol inner, Action<object> farewell) : IHubProtocol
{
    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    /// <summary>Puts itself around the protocol that is registered last, the one that SignalR's client takes.</summary>
    /// <param name="farewell">Called with each <see cref="Draining"/> and <see cref="Evicted"/>, one after another.</param>
    public static void Wrap(IServiceCollection services, Action<object> farewell)
    {
        var last = services.Last(service => service.ServiceType == typeof(IHubProtocol));
        services.Remove(last);
        if (last.ImplementationType is { } type)
        {
            services.AddSingleton(type);
        }

        services.AddSingleton<IHubProtocol>(provider => new FarewellProtocol(
            (IHubProtocol)(last.ImplementationInstance ?? last.ImplementationFactory?.Invoke(provider) ?? provider.GetRequiredService(last.ImplementationType!)), farewell));
    }

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var parsed = inner.TryParseMessage(ref input, binder, out message);
        if (message is InvocationMessage { Arguments: [{ } argument] } && argument is Draining or Evicted)
        {
            farewell(argument);
        }

        return parsed;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);
}
