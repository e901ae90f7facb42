using System.Buffers.Text;
using System.Text.Json;

namespace Caas.Client;

/// <summary>The user's token: the one in use, and when it wants replacing. Used by the connection's own loops, one at a time.</summary>
internal sealed class TokenKeeper(Func<CancellationToken, Task<string>> source, TimeProvider clock)
{
    /// <summary>A token is replaced when a fifth of its life is left, at most this long before its end.</summary>
    private static readonly TimeSpan MostMargin = TimeSpan.FromSeconds(60);

    /// <summary>A clock that is wrong by hours must not make every moment the last one.</summary>
    private static readonly TimeSpan LeastBetween = TimeSpan.FromSeconds(10);

    private string? _token;
    private DateTimeOffset _dueAt = DateTimeOffset.MaxValue;
    private DateTimeOffset _endsAt = DateTimeOffset.MaxValue;

    /// <summary>How long until the token wants replacing; null: it does not say when it ends.</summary>
    public TimeSpan? DueIn => _dueAt == DateTimeOffset.MaxValue ? null : _dueAt - clock.GetUtcNow();

    /// <summary>The token in use, or a fresh one where that ends soon. One that cannot be replaced now is used to its end.</summary>
    public async Task<string> GetAsync(bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && _token is { } held && DueIn is not { Ticks: <= 0 })
        {
            return held;
        }

        try
        {
            var token = await source(cancellationToken).WaitAsync(cancellationToken);
            (_dueAt, _endsAt) = TimesOf(token);
            return _token = token;
        }
#pragma warning disable CA1031 // Whatever it is: the token that is here still holds.
        catch (Exception) when (!fresh && _token is not null && clock.GetUtcNow() < _endsAt && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return _token;
        }
    }

    private (DateTimeOffset Due, DateTimeOffset Ends) TimesOf(string token)
    {
        if (Read(token) is not { } times)
        {
            return (DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
        }

        // Counted from now where the token tells its age: this machine's clock may be behind.
        var now = clock.GetUtcNow();
        var end = times.IssuedAt is { } issued && now + (times.Ends - issued) < times.Ends ? now + (times.Ends - issued) : times.Ends;
        var margin = (end - now) / 5;
        var due = end - (margin < MostMargin ? margin : MostMargin);
        return (due < now + LeastBetween ? now + LeastBetween : due, end);
    }

    /// <summary>The times of a JWT, which only the server proves. Null: not one, or it never ends.</summary>
    private static (DateTimeOffset? IssuedAt, DateTimeOffset Ends)? Read(string token)
    {
        try
        {
            using var payload = token.Split('.') is [_, var middle, _] ? JsonDocument.Parse(Base64Url.DecodeFromChars(middle)) : null;
            return payload?.RootElement.TryGetProperty("exp", out var exp) == true
                ? (payload.RootElement.TryGetProperty("iat", out var iat) ? DateTimeOffset.FromUnixTimeSeconds(iat.GetInt64()) : null, DateTimeOffset.FromUnixTimeSeconds(exp.GetInt64()))
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
