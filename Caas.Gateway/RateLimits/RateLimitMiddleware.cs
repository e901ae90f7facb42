using System.Globalization;
using Caas.Core.RateLimits;
using Caas.Gateway.Callers;

namespace Caas.Gateway.RateLimits;

/// <summary>Counts each caller's requests, tells how many are left, and refuses those above the limit.</summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimitPolicy policy, IRateLimiter limiter)
{
    public async Task InvokeAsync(HttpContext context, CurrentCaller current)
    {
        if (current.Caller is { } caller && await policy.ForRequestAsync(caller, context.RequestAborted) is { } limit)
        {
            var decision = await limiter.TakeAsync(limit.Bucket, limit.Limit, limit.Window, context.RequestAborted);
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers["RateLimit-Limit"] = decision.Limit.ToString(CultureInfo.InvariantCulture);
                headers["RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
                headers["RateLimit-Reset"] = ((long)Math.Ceiling(decision.ResetAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            });
            if (!decision.Allowed)
            {
                throw new RefusedException(Refusal.RateLimited, $"More than {decision.Limit} requests in a minute.") { RetryAfter = decision.ResetAfter };
            }
        }

        await next(context);
    }
}
