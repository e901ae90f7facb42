using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Caas.Adapters.Push;

/// <summary>What all push services share.</summary>
internal static class PushText
{
    /// <summary>A payload within a service's limit: the body of the notification is shortened as far as it takes.</summary>
    /// <param name="make">The payload with a body.</param>
    /// <returns>Null: it is too large without any.</returns>
    public static byte[]? Fit(string body, int limit, Func<string, JsonObject> make)
    {
        for (var length = body.Length; ; length = length * 3 / 4)
        {
            var cut = length == body.Length ? body : string.Concat(body.AsSpan(0, length > 0 && char.IsHighSurrogate(body[length - 1]) ? length - 1 : length), "…");
            var payload = Encoding.UTF8.GetBytes(make(cut).ToJsonString());
            if (payload.Length <= limit || length == 0)
            {
                return payload.Length <= limit ? payload : null;
            }
        }
    }

    /// <summary>An id within a service's limit: itself, or its hash.</summary>
    public static string Short(string id, int limit) => id.Length <= limit ? id : Hash(id)[..Math.Min(limit, 43)];

    /// <summary>43 characters that URLs and headers take.</summary>
    public static string Hash(string id) => System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    /// <summary>How long a service asks to be left alone.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage answer, TimeProvider clock) =>
        answer.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date is { } date && date > clock.GetUtcNow() ? date - clock.GetUtcNow() : null) : null;
}
