using Microsoft.Extensions.Primitives;

namespace Caas.Gateway.Idempotency;

/// <summary>The request's <c>Idempotency-Key</c>, 1 to 128 visible ASCII characters; null when none was sent.</summary>
internal readonly record struct IdempotencyKey(string? Value)
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotent-Replayed";
    public const int MostCharacters = 128;

    /// <summary>For handlers that take the key as the client id of the entry they make.</summary>
    public static ValueTask<IdempotencyKey> BindAsync(HttpContext context) => new(Read(context.Request));

    /// <exception cref="RefusedException"><c>validation_failed</c> for a key that is not of that form.</exception>
    public static IdempotencyKey Read(HttpRequest request)
    {
        var sent = request.Headers[Header];
        return StringValues.IsNullOrEmpty(sent) && sent.Count == 0 ? default
            : sent is [{ Length: >= 1 and <= MostCharacters } key] && !key.AsSpan().ContainsAnyExceptInRange('!', '~') ? new(key)
            : throw Refusal.ValidationFailed.With(Header, $"must be 1 to {MostCharacters} visible ASCII characters");
    }
}
