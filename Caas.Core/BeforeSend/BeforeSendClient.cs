using System.Globalization;
using System.Net;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Outbound;
using Caas.Core.Webhooks;
using Microsoft.Extensions.Options;

namespace Caas.Core.BeforeSend;

/// <summary>Asks a hook about one message, by one signed request whose address is judged where the connection is made. Redirects are not followed.</summary>
public sealed class BeforeSendClient(WebhookHttp http, SignedRequests requests, IOptions<BeforeSendOptions> options, TimeProvider clock)
{
    private const int MaxReason = 300;
    private const int Chunk = 4 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="id">The header <c>webhook-id</c>: the same where the same call is asked about again.</param>
    /// <exception cref="OperationCanceledException">The time is over.</exception>
    internal async Task<HookVerdict> AskAsync(BeforeSendHook hook, string id, bool edit, BeforeSendData data, CancellationToken cancellationToken)
    {
        try
        {
            var at = clock.GetUtcNow();
            var question = new BeforeSendQuestion(edit ? BeforeSendQuestion.Edit : BeforeSendQuestion.Send, at, data);
            var body = JsonSerializer.SerializeToUtf8Bytes(question, CaasJson.Options.GetTypeInfo(typeof(BeforeSendQuestion)));
            using var request = await requests.CreateAsync(hook.Url, id, at, "application/json", body, new(hook.Secret, hook.PreviousSecret, hook.PreviousUntil), cancellationToken);
            request.Headers.Accept.ParseAdd("application/json");
            using var answer = await http.Client.SendAsync(request, cancellationToken);
            return await ReadAsync(answer, cancellationToken);
        }
        catch (OutboundException exception)
        {
            return new(BeforeSendOutcome.Unreachable, Error: exception.Message);
        }
        catch (InvalidDataException)
        {
            // It would be packed as badly the next time.
            return Bad("its answer cannot be unpacked");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return new(BeforeSendOutcome.Unreachable, Error: "the answer broke off");
        }
    }

    private async Task<HookVerdict> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        switch (answer.StatusCode)
        {
            case HttpStatusCode.NoContent:
                return new(BeforeSendOutcome.Allowed, Status: status);
            case HttpStatusCode.OK:
                return Judge(await ReadBodyAsync(answer, cancellationToken)) with { Status = status };
            case HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                return new(BeforeSendOutcome.Overloaded, Status: status, Error: string.Create(CultureInfo.InvariantCulture, $"it answered {status}"));
            default:
                return Bad(string.Create(CultureInfo.InvariantCulture, $"it answered {status}, not 200 or 204")) with { Status = status };
        }
    }

    /// <returns>Null: it is longer than an answer may be.</returns>
    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var most = options.Value.MaxAnswerBytes;
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var (body, read) = (new byte[Math.Min(Chunk, most + 1)], 0);
        for (int count; (count = await stream.ReadAsync(body.AsMemory(read), cancellationToken)) > 0;)
        {
            read += count;
            if (read > most)
            {
                return null;
            }

            if (read == body.Length)
            {
                Array.Resize(ref body, Math.Min(most + 1, body.Length * 2));
            }
        }

        return body.AsMemory(0, read);
    }

    private HookVerdict Judge(ReadOnlyMemory<byte>? body)
    {
        if (body is not { } given)
        {
            return Bad(string.Create(CultureInfo.InvariantCulture, $"its answer is longer than {options.Value.MaxAnswerBytes} bytes"));
        }

        try
        {
            // Some frameworks write a mark in front of their UTF-8, which JSON readers may ignore (RFC 8259, 8.1).
            var json = given.Span.StartsWith(ByteOrderMark) ? given.Span[ByteOrderMark.Length..] : given.Span;
            return JsonSerializer.Deserialize(json, CaasJsonContext.Default.BeforeSendAnswer) switch
            {
                { Action: BeforeSendAction.Allow } => new(BeforeSendOutcome.Allowed),
                { Action: BeforeSendAction.Reject } rejection => new(BeforeSendOutcome.Rejected, Reason: Cut(rejection.Reason)),
                { Action: BeforeSendAction.Change, Message: { IsSet: true } change } => new(BeforeSendOutcome.Changed, Change: change),
                { Action: BeforeSendAction.Change } => Bad("its change names nothing that can be changed"),
                _ => Bad("its answer is null"),
            };
        }
        catch (JsonException)
        {
            return Bad("its answer is not of the form that it must have");
        }
    }

    /// <summary>One line of a length that a person reads.</summary>
    private static string? Cut(string? reason)
    {
        var line = string.Concat((reason ?? "").EnumerateRunes().Select(rune => System.Text.Rune.IsControl(rune) ? " " : rune.ToString())).Trim();
        var length = line.Length <= MaxReason ? line.Length : char.IsHighSurrogate(line[MaxReason - 1]) ? MaxReason - 1 : MaxReason;
        return length == 0 ? null : line[..length];
    }

    private static HookVerdict Bad(string error) => new(BeforeSendOutcome.BadAnswer, Error: error);
}
