using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Caas.Contracts;

namespace Caas.Client;

/// <summary>Turns what the server says into <see cref="CaasException"/>.</summary>
internal static partial class ProblemReader
{
    /// <summary>Of an answer that is no success.</summary>
    public static async Task<CaasException> ReadAsync(HttpResponseMessage response, TimeProvider clock, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var retryAfter = response.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date - clock.GetUtcNow()) : null;
        if (await TryReadAsync(response, cancellationToken) is not { } problem)
        {
            return new(ClientCodes.InvalidAnswer, $"HTTP {status} without a problem document, from {response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)}.") { Status = status, RetryAfter = retryAfter };
        }

        return new(problem.Code, problem.Detail ?? problem.Title ?? "")
        {
            Status = status,
            RetryAfter = problem.RetryAfterMs is { } wait ? TimeSpan.FromMilliseconds(wait) : retryAfter,
            Errors = problem.Errors,
            Id = problem.Id,
            TraceId = problem.TraceId,
        };
    }

    /// <summary>Of the hub, which says <c>code: detail</c>; perhaps behind a sentence of SignalR's.</summary>
    /// <returns>Null: it is no refusal of a call, but SignalR's own words.</returns>
    public static CaasException? Parse(string message, Exception? cause = null)
    {
        var match = Refusal().Match(message);
        return !match.Success ? null : new(match.Groups["code"].Value, match.Groups["detail"].Value, cause)
        {
            RetryAfter = Wait().Match(message) is { Success: true } wait ? TimeSpan.FromMilliseconds(double.Parse(wait.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : null,
        };
    }

    private static async Task<Problem?> TryReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Problem>(await response.Content.ReadAsByteArrayAsync(cancellationToken), CaasJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex("^(?:.* HubException: )?(?<code>[a-z][a-z0-9_]*): (?<detail>.*)$", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Refusal();

    /// <summary>How the hub says when to come back.</summary>
    [GeneratedRegex(@"(?:rate_limited|slow_mode|spam_detected): .*try again in (\d{1,9}) ms", RegexOptions.CultureInvariant)]
    private static partial Regex Wait();
}

/// <summary>Refusals of SignalR's negotiation, which SignalR would reduce to a status.</summary>
internal sealed class ProblemHandler(HttpMessageHandler inner, TimeProvider clock) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode || request.RequestUri?.AbsolutePath.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase) != true)
        {
            return response;
        }

        using (response)
        {
            throw await ProblemReader.ReadAsync(response, clock, cancellationToken);
        }
    }
}
