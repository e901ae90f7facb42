using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Caas.Client;

/// <summary>How the REST client calls.</summary>
public sealed record RestOptions
{
    /// <summary>How often a call is tried at most, 1 or more. Default 5.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>How long one try may take. Default 30 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one try to upload a file may take. Default 10 minutes.</summary>
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where the server asks for a longer wait, the call fails at once and <see cref="CaasException.RetryAfter"/> tells. Default 60 s.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The HTTP client to use; it is not disposed. Default: one of its own.</summary>
    public HttpClient? HttpClient { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}

/// <summary>Who calls.</summary>
public abstract record CaasCredential
{
    private CaasCredential()
    {
    }

    /// <summary>A tenant's backend: its API key, <c>id.secret</c>.</summary>
    public static CaasCredential ApiKey(string key) => new KeyCredential(key);

    /// <summary>The platform's admin.</summary>
    public static CaasCredential Admin(string key) => new BearerCredential(_ => Task.FromResult(key));

    /// <summary>An end user, by a user token.</summary>
    public static CaasCredential User(Func<CancellationToken, Task<string>> token) => new BearerCredential(token);

    internal abstract ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellationToken);

    // Not printed: they are secrets.
    public sealed override string ToString() => GetType().Name;

    private sealed record KeyCredential(string Key) : CaasCredential
    {
        internal override ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("X-Api-Key", Key);
            return ValueTask.CompletedTask;
        }
    }

    private sealed record BearerCredential(Func<CancellationToken, Task<string>> Token) : CaasCredential
    {
        internal override async ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.Headers.Authorization = new("Bearer", await Token(cancellationToken));
    }
}
