using System.Reflection;
using System.Text.Json;
using MessagePack;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Hubs;

/// <summary>What the hub's methods are called and take: for refusals that help, and for the snapshot.</summary>
internal sealed class HubMethods
{
    private readonly Dictionary<string, MethodInfo> _methods;

    public HubMethods(Type hub)
    {
        _methods = hub.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && method.GetBaseDefinition() == method)
            .ToDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>By name, ordinal.</summary>
    public IEnumerable<MethodInfo> All => _methods.Values.OrderBy(method => method.Name, StringComparer.Ordinal);

    /// <summary>The method's own name, for logs; null: there is none, and what the client sent is not repeated.</summary>
    public string? Name(string target) => _methods.GetValueOrDefault(target)?.Name;

    /// <summary>Why a call could not be bound, as <c>code: detail</c>.</summary>
    public string Explain(string target, Exception failure) => Explain(target, Reason(failure));

    public string Explain(string target, string reason)
    {
        if (!_methods.TryGetValue(target, out var method))
        {
            return $"{Refusal.UnknownMethod.Code}: The hub has no method '{Shorten(target)}'.";
        }

        return $"{Refusal.InvalidArguments.Code}: {Signature(method)}: {reason}.";
    }

    /// <summary>Such as <c>JoinConversation(conversationId, afterSeq)</c>.</summary>
    public static string Signature(MethodInfo method) => $"{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.Name))})";

    /// <summary>The detail of the deepest cause that is fit to be told: never a CLR name.</summary>
    private static string Reason(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is JsonException { Path: { Length: > 1 } path })
            {
                return $"{Shorten(path.TrimStart('$', '.'))} {UnfitJson.ReasonOf(cause) ?? "is missing or of the wrong type"}";
            }

            if (cause is JsonException && cause.Message.Contains("missing required", StringComparison.Ordinal))
            {
                return "a required field is missing";
            }

            if (cause is MessagePackSerializationException && cause.InnerException is null && cause.Source == typeof(HubMethods).Assembly.GetName().Name)
            {
                return cause.Message.TrimEnd('.');
            }
        }

        return failure is HubException ? failure.Message : "an argument is missing, not expected, or of the wrong type";
    }

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
