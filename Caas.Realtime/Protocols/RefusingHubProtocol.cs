using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Caas.Realtime.Delivery;
using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Realtime.Protocols;

/// <summary>
/// Around each hub protocol: the errors that a client sees are exactly <c>code: detail</c>. Calls that cannot be bound never reach a hub filter, and SignalR puts a sentence of its own
/// before every error; both are put right here, on the way in and out. It also sees when the answer of a join is on the wire, so that live entries follow it.
/// </summary>
internal sealed class RefusingHubProtocol(IHubProtocol inner, HubMethods methods, JoinAnswers answers) : IHubProtocol
{
    private const string Marker = " HubException: ";

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (!inner.TryParseMessage(ref input, binder, out message))
        {
            return false;
        }

        if (message is InvocationBindingFailureMessage failure)
        {
            var refusal = new HubException(methods.Explain(failure.Target, failure.BindingFailure.SourceException));
            message = new InvocationBindingFailureMessage(failure.InvocationId, failure.Target, ExceptionDispatchInfo.Capture(refusal));
        }

        return true;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        inner.WriteMessage(Clean(message), output);
        if (message is CompletionMessage { HasResult: true, Result: { } result })
        {
            answers.Written(result);
        }
    }

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(Clean(message));

    private static HubMessage Clean(HubMessage message) => message switch
    {
        CompletionMessage { Error: { } error } completion => CompletionMessage.WithError(completion.InvocationId!, Clean(error)),
        CloseMessage { Error: not null } close => new CloseMessage($"{Refusal.InvalidArguments.Code}: The connection was closed because of what was sent on it.", close.AllowReconnect),
        _ => message,
    };

    /// <summary>Our own refusal behind SignalR's sentence, or what SignalR refused by itself in our words.</summary>
    private static string Clean(string error)
    {
        var at = error.IndexOf(Marker, StringComparison.Ordinal);
        if (at >= 0)
        {
            return error[(at + Marker.Length)..];
        }

        if (error.StartsWith("Unknown hub method", StringComparison.Ordinal))
        {
            return $"{Refusal.UnknownMethod.Code}: {Refusal.UnknownMethod.Title}";
        }

        return error.StartsWith("The client attempted to invoke", StringComparison.Ordinal)
            ? $"{Refusal.InvalidArguments.Code}: This method does not stream."
            : $"{Refusal.InternalError.Code}: {Refusal.InternalError.Title}";
    }
}
