using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Unicode;
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
internal sealed class RefusingHubProtocol(IHubProtocol inner, HubMethods methods, JoinAnswers answers, HubRefusalLog log, int maxMessageBytes) : IHubProtocol
{
    private const string Marker = " HubException: ";

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var start = input;
        try
        {
            while (!inner.TryParseMessage(ref input, binder, out message))
            {
                if (input.Length == 0 || input.Start.Equals(start.Start))
                {
                    // SignalR shows no more than a message may have, and ends the connection when that is no whole one: with this reason.
                    return input.Length >= maxMessageBytes ? throw Close(Refusal.TooLarge, $"A message may have at most {maxMessageBytes / 1024} KiB; the connection is closed.") : false;
                }

                // A message of a type that nobody knows is taken and nothing told of it. SignalR would leave what follows until more comes.
                start = input;
            }
        }
        catch (InvalidDataException malformed)
        {
            if (inner.TransferFormat != TransferFormat.Text || malformed.InnerException is not JsonException || !DeepInvocation.TryRead(start, out var deep))
            {
                throw Close(Refusal.InvalidArguments, "The connection was closed because of what was sent on it.");
            }

            message = Failure(deep.InvocationId, deep.Target, methods.Explain(deep.Target, $"Values may be nested {MessagePackJson.MaxDepth} deep"));
            return true;
        }

        if (message is InvocationBindingFailureMessage failure)
        {
            message = Failure(failure.InvocationId, failure.Target, methods.Explain(failure.Target, failure.BindingFailure.SourceException));
        }

        else if (inner.TransferFormat == TransferFormat.Text && message is HubMethodInvocationMessage call && !IsUtf8(start.Slice(start.Start, input.Start)))
        {
            // Only where nobody looks, in what the method does not know: of all else the binding told.
            message = Failure(call.InvocationId, call.Target, methods.Explain(call.Target, "The call must be well-formed Unicode"));
        }

        return true;
    }

    private static bool IsUtf8(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Utf8.IsValid(bytes.FirstSpan);
        }

        var (length, copy) = ((int)bytes.Length, ArrayPool<byte>.Shared.Rent((int)bytes.Length));
        try
        {
            bytes.CopyTo(copy);
            return Utf8.IsValid(copy.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
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

    private InvocationBindingFailureMessage Failure(string? invocationId, string target, string refusal)
    {
        log.Refused(refusal, methods.Name(target));
        return new(invocationId, target, ExceptionDispatchInfo.Capture(new HubException(refusal)));
    }

    /// <summary>What ends the connection; of a <see cref="HubException"/> SignalR tells the client the message.</summary>
    private HubException Close(Refusal refusal, string detail)
    {
        log.Refused($"{refusal.Code}: {detail}", method: null);
        return new HubException($"{refusal.Code}: {detail}");
    }

    private static HubMessage Clean(HubMessage message) => message switch
    {
        CompletionMessage { Error: { } error } completion => CompletionMessage.WithError(completion.InvocationId!, Clean(error)),
        CloseMessage { Error: { } error } close => new CloseMessage(Reason(error), close.AllowReconnect),
        _ => message,
    };

    private static string Reason(string error) =>
        error.Contains(Marker, StringComparison.Ordinal) ? Clean(error) : $"{Refusal.InvalidArguments.Code}: The connection was closed because of what was sent on it.";

    /// <summary>Our own refusal behind SignalR's sentence, or what SignalR refused by itself in our words.</summary>
    private static string Clean(string error)
    {
        var at = error.IndexOf(Marker, StringComparison.Ordinal);
        if (at >= 0)
        {
            // Ours start with their code; SignalR's own speaks of streams that came with the call.
            var told = error[(at + Marker.Length)..];
            return told.StartsWith("Client sent ", StringComparison.Ordinal) ? $"{Refusal.InvalidArguments.Code}: This method takes no streams." : told;
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
