using System.Net;
using Microsoft.Net.Http.Headers;

namespace Caas.Gateway.Callers;

/// <summary>Turns a request's credentials into its <see cref="CurrentCaller"/>, on endpoints that have a <see cref="CallerPolicy"/>.</summary>
internal sealed class CallerMiddleware(RequestDelegate next, Authenticator authenticator)
{
    public const string ApiKeyHeader = "X-Api-Key";
    public const string OnBehalfOfHeader = "X-On-Behalf-Of";
    public const string TokenQuery = "access_token";

    private const string BearerPrefix = "Bearer ";

    public async Task InvokeAsync(HttpContext context, CurrentCaller current)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerPolicy>() is { } policy && !(policy.Optional && HasNoCredentials(context.Request)))
        {
            current.Caller = await AuthenticateAsync(context, policy);
        }

        await next(context);
    }

    private static bool HasNoCredentials(HttpRequest request) => !request.Headers.ContainsKey(HeaderNames.Authorization) && !request.Headers.ContainsKey(ApiKeyHeader);

    private async Task<Caller> AuthenticateAsync(HttpContext context, CallerPolicy policy)
    {
        var headers = context.Request.Headers;
        var (bearer, key) = (BearerOf(context, policy), Single(headers[ApiKeyHeader], ApiKeyHeader));
        var onBehalfOf = Single(headers[OnBehalfOfHeader], OnBehalfOfHeader);
        if (onBehalfOf is null && headers.ContainsKey(OnBehalfOfHeader))
        {
            // A backend that forwards an empty user id must not act as the tenant itself.
            throw Refusal.ValidationFailed.With(OnBehalfOfHeader, "must name a user");
        }

        switch (bearer, key)
        {
            case (null, null):
                throw Refusal.Unauthenticated.With($"Send Authorization: Bearer or {ApiKeyHeader}.");
            case (not null, not null):
                throw Refusal.Unauthenticated.With($"Send either Authorization or {ApiKeyHeader}, not both.");
            case (null, not null):
                return await authenticator.AuthenticateApiKeyAsync(key, onBehalfOf, RemoteAddress(context), context.RequestAborted);
        }

        if (onBehalfOf is not null)
        {
            throw Refusal.ValidationFailed.With(OnBehalfOfHeader, $"goes only with {ApiKeyHeader}");
        }

        return authenticator.TryAdmin(bearer) ?? await authenticator.AuthenticateTokenAsync(bearer, context.RequestAborted);
    }

    private static string? BearerOf(HttpContext context, CallerPolicy policy)
    {
        if (Single(context.Request.Headers[HeaderNames.Authorization], HeaderNames.Authorization) is { } authorization)
        {
            return authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) && authorization.AsSpan(BearerPrefix.Length).Trim() is { Length: > 0 } token
                ? token.ToString()
                : throw Refusal.Unauthenticated.With("Authorization must be Bearer and a token.");
        }

        return policy.TokenInQuery && context.Request.Query[TokenQuery].ToString() is { Length: > 0 } inQuery ? inQuery : null;
    }

    private static string? Single(Microsoft.Extensions.Primitives.StringValues values, string header) =>
        values.Count > 1 ? throw Refusal.Unauthenticated.With($"{header} was sent more than once.") : values.Count == 0 || string.IsNullOrEmpty(values[0]) ? null : values[0];

    private static IPAddress? RemoteAddress(HttpContext context) =>
        context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;
}
