using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Caas.Gateway.Problems;

/// <summary>Says what a field of a request body has to be, from the type that the endpoint reads.</summary>
internal static class JsonExpectation
{
    /// <param name="root">The body's type.</param>
    /// <param name="path">Such as <c>users[3].name</c>; empty: the body itself.</param>
    public static string Describe(Type root, string path, JsonSerializerOptions options)
    {
        var type = Unwrap(root);
        foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var bracket = step.IndexOf('[', StringComparison.Ordinal);
            var name = bracket < 0 ? step : step[..bracket];
            if (name.Length > 0)
            {
                if (options.GetTypeInfo(type).Properties.FirstOrDefault(property => property.Name == name) is not { } property)
                {
                    return "is not of the right type";
                }

                type = Unwrap(property.PropertyType);
            }

            for (var index = bracket; index >= 0; index = step.IndexOf('[', index + 1))
            {
                type = Unwrap(options.GetTypeInfo(type).ElementType ?? typeof(object));
            }
        }

        return Describe(type, options);
    }

    /// <summary>What a value of this type is.</summary>
    public static string Describe(Type type, JsonSerializerOptions options)
    {
        if (type.IsEnum)
        {
            return $"must be one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}";
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => "must be a string",
            TypeCode.Boolean => "must be true or false",
            TypeCode.Int32 => $"must be a whole number from {int.MinValue} to {int.MaxValue}",
            TypeCode.Int64 => $"must be a whole number from {long.MinValue} to {long.MaxValue}",
            _ when type == typeof(JsonElement) => "must be well-formed Unicode",
            _ when type == typeof(DateTimeOffset) => Rfc3339.Expected,
            _ => options.GetTypeInfo(type).Kind switch
            {
                JsonTypeInfoKind.Object => "must be an object",
                JsonTypeInfoKind.Dictionary => "must be an object whose values are of the right type",
                JsonTypeInfoKind.Enumerable => "must be a list",
                _ => "is not of the right type",
            },
        };
    }

    /// <summary>The type behind what may be null or absent.</summary>
    public static Type Unwrap(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>) ? Unwrap(type.GetGenericArguments()[0]) : type;
    }
}
