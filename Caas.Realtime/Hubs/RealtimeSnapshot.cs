using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Caas.Realtime.Protocols;

namespace Caas.Realtime.Hubs;

/// <summary>The hub as a document: what <c>docs/api/realtime.v1.json</c> holds. Made by reflection, so that it cannot differ from the code.</summary>
internal static class RealtimeSnapshot
{
    public static string Create()
    {
        var types = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        var document = new JsonObject
        {
            ["hub"] = "/realtime",
            ["protocols"] = new JsonArray("json", "messagepack"),
            ["methods"] = new JsonObject(new HubMethods(typeof(RealtimeHub)).All.Select(method => KeyValuePair.Create<string, JsonNode?>(method.Name, new JsonObject
            {
                ["arguments"] = Arguments(method, types),
                ["result"] = Result(method.ReturnType) is { } result ? Describe(result, nullable: false, types) : null,
            }))),
            ["events"] = new JsonObject(typeof(IRealtimeClient).GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal).Select(method =>
                KeyValuePair.Create<string, JsonNode?>(method.Name, new JsonObject { ["arguments"] = Arguments(method, types) }))),
        };
        // Of what a converter of ours reads the exporter knows nothing; times are written as the framework writes them.
        var options = new JsonSerializerOptions(HubJson.Options);
        foreach (var times in options.Converters.Where(converter => converter.CanConvert(typeof(DateTimeOffset))).ToArray())
        {
            options.Converters.Remove(times);
        }

        document["types"] = new JsonObject(types.Select(type => KeyValuePair.Create<string, JsonNode?>(type.Key, options.GetJsonSchemaAsNode(type.Value))));
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonArray Arguments(MethodInfo method, SortedDictionary<string, Type> types)
    {
        var nullability = new NullabilityInfoContext();
        return new([.. method.GetParameters().Select(parameter => new JsonObject
        {
            ["name"] = parameter.Name,
            ["type"] = Describe(parameter.ParameterType, nullability.Create(parameter).WriteState == NullabilityState.Nullable, types),
        })]);
    }

    private static Type? Result(Type returned) =>
        returned == typeof(void) || returned == typeof(Task) ? null : returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(Task<>) ? returned.GetGenericArguments()[0] : returned;

    /// <summary>A plain type by its JSON name, a contract by its own name (and among the types), a list with brackets behind; a question mark where null is allowed.</summary>
    private static string Describe(Type type, bool nullable, SortedDictionary<string, Type> types)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Describe(underlying, nullable: true, types);
        }

        var name = Type.GetTypeCode(type) switch
        {
            TypeCode.String => "string",
            TypeCode.Boolean => "boolean",
            TypeCode.Int32 or TypeCode.Int64 => "integer",
            _ => null,
        };
        if (name is null && (type.IsArray || type.IsGenericType))
        {
            name = Describe(type.GetElementType() ?? type.GetGenericArguments()[0], nullable: false, types) + "[]";
        }

        if (name is null)
        {
            name = type.Name;
            types[name] = type;
        }

        return nullable ? name + "?" : name;
    }
}
