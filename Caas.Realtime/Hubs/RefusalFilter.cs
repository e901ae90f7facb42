using System.Collections.Concurrent;
using System.Reflection;
using Caas.Realtime.Connections;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Hubs;

/// <summary>Around every hub call: counts it for the drain, and turns what it throws into <c>code: detail</c>. Real faults are logged here, once.</summary>
internal sealed partial class RefusalFilter(LocalConnections connections, RealtimeMetrics metrics, HubRefusalLog log, ILogger<RefusalFilter> logger) : IHubFilter
{
    private readonly ConcurrentDictionary<MethodInfo, (string Name, bool Nullable)[]> _parameters = new();

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            if (!connections.TryGet(invocationContext.Context.ConnectionId, out var connection))
            {
                throw Refusal.Unauthenticated.AsException();
            }

            using var invocation = connection.Begin();
            RequireArguments(invocationContext);
            return await next(invocationContext);
        }
        catch (RefusedException refused)
        {
            metrics.Refused(refused.Refusal.Code);
            log.Refused(refused, invocationContext.HubMethodName, connections.TryGet(invocationContext.Context.ConnectionId, out var of) ? of : null, invocationContext.Context.GetHttpContext());
            throw new HubException(refused.Message);
        }
        catch (StoreUnavailableException unavailable)
        {
            LogUnavailable(unavailable, invocationContext.HubMethodName);
            metrics.Refused(Refusal.Unavailable.Code);
            throw new HubException(Refusal.Unavailable.AsException().Message);
        }
        catch (OperationCanceledException) when (invocationContext.Context.ConnectionAborted.IsCancellationRequested)
        {
            // The client has gone; nobody reads the answer.
            throw new HubException(Refusal.Unavailable.AsException().Message);
        }
#pragma warning disable CA1031 // Whatever it is: the client gets a code, we get the details.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LogFault(fault, invocationContext.HubMethodName);
            metrics.Refused(Refusal.InternalError.Code);
            throw new HubException(Refusal.InternalError.AsException().Message);
        }
    }

    /// <summary>JSON and MessagePack let null through for every reference type.</summary>
    private void RequireArguments(HubInvocationContext context)
    {
        var parameters = _parameters.GetOrAdd(context.HubMethod, static method =>
        {
            var nullability = new NullabilityInfoContext();
            return [.. method.GetParameters().Select(parameter => (parameter.Name!, nullability.Create(parameter).WriteState == NullabilityState.Nullable))];
        });
        for (var i = 0; i < parameters.Length; i++)
        {
            if (context.HubMethodArguments[i] is null && !parameters[i].Nullable)
            {
                throw Refusal.InvalidArguments.With(parameters[i].Name, "must not be null");
            }
        }
    }

    [LoggerMessage(3150, LogLevel.Error, "{Method} failed.")]
    private partial void LogFault(Exception exception, string method);

    [LoggerMessage(3151, LogLevel.Warning, "{Method} could not be served: the store is not available.")]
    private partial void LogUnavailable(Exception exception, string method);
}
