using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Caas.Gateway.Problems;

/// <summary>Says in the API's own words what ASP.NET Core could not bind: names the field, never a CLR type.</summary>
/// <remarks>The framework tells some of it only in its messages, which are not localised; tests hold each form.</remarks>
internal sealed partial class BadRequests(IOptions<JsonOptions> json)
{
    private const string BodyField = "body";

    private readonly JsonSerializerOptions _options = json.Value.SerializerOptions;

    public RefusedException Translate(HttpContext context, BadHttpRequestException bad) => bad switch
    {
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => Refusal.TooLarge.AsException(),
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Refusal.UnsupportedMediaType.AsException(),
        { InnerException: JsonException problem } => Translate(context, problem),
        _ when BoundParameter().Match(bad.Message) is { Success: true } bound => Refusal.ValidationFailed.With(bound.Groups["name"].Value, $"must be {TypeName(bound.Groups["type"].Value)}"),
        _ when MissingBody().IsMatch(bad.Message) => Refusal.ValidationFailed.With(BodyField, "is required: a JSON object"),
        _ when MissingParameter().Match(bad.Message) is { Success: true } missing => Refusal.ValidationFailed.With(missing.Groups["name"].Value, "is required"),
        _ => Refusal.ValidationFailed.AsException(),
    };

    private RefusedException Translate(HttpContext context, JsonException problem)
    {
        var root = context.Features.Get<Microsoft.AspNetCore.Diagnostics.IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        if (MalformedPart(problem) is { } malformed)
        {
            return Refusal.ValidationFailed.With(BodyField, Malformed(problem, malformed.Message));
        }

        // The serializer stops at the first one.
        if (root is not null && context.Features.Get<BodyRecord>() is { } body && JsonFaults.Find(root, body.Bytes, _options) is { Count: > 0 } all)
        {
            return Invalid(all);
        }

        var (path, innermost) = Locate(problem);
        if (UnfitJson.ReasonOf(problem) is { } reason)
        {
            return Refusal.ValidationFailed.With(path.Length == 0 ? BodyField : path, reason);
        }

        if (MissingProperties().Match(innermost.Message) is { Success: true } missing)
        {
            return Invalid(QuotedName().Matches(missing.Groups["names"].Value).ToDictionary(name => Join(path, name.Groups[1].Value), _ => (string[])["is required"]));
        }

        return Refusal.ValidationFailed.With(path.Length == 0 ? BodyField : path, root is null ? "is not of the right type" : JsonExpectation.Describe(root, path, _options));
    }

    private static RefusedException Invalid(IReadOnlyDictionary<string, string[]> errors)
    {
        var (field, messages) = errors.First();
        return new(Refusal.ValidationFailed, $"{field} {messages[0]}", errors);
    }

    private string Malformed(JsonException problem, string message) =>
        message.Contains("maximum configured depth", StringComparison.Ordinal) ? $"is nested deeper than {_options.MaxDepth} levels"
        : CutOff().IsMatch(message) ? "is cut off: it ends before its JSON does"
        : $"is not valid JSON (line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1})";

    // The reader's own exception is internal to System.Text.Json; in a nested read it sits one level deeper.
    private static Exception? MalformedPart(Exception? exception) => exception is null || exception.GetType().Name == "JsonReaderException" ? exception : MalformedPart(exception.InnerException);

    /// <summary>The field's path from the body's root. A nested read (a field of a PATCH) starts its own path, which goes behind that of the outer one.</summary>
    private static (string Path, JsonException Innermost) Locate(JsonException problem)
    {
        var path = Trim(problem.Path);
        while (problem.InnerException is JsonException inner)
        {
            path = Join(path, Trim(inner.Path));
            problem = inner;
        }

        return (path, problem);
    }

    private static string Trim(string? path) => path is null or "$" ? "" : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path.TrimStart('$');

    private static string Join(string path, string rest) => path.Length == 0 ? rest : rest.Length == 0 ? path : rest[0] == '[' ? path + rest : $"{path}.{rest}";

    private static string TypeName(string clr) => NullableName().Replace(clr, "$1").TrimEnd('?') switch
    {
        "int" or "long" => "a whole number",
        "string" => "a text",
        "bool" => "true or false",
        "QueryTime" => Rfc3339.Expected["must be ".Length..],
        _ => "of the right type",
    };

    [GeneratedRegex("^Failed to bind parameter \"(?<type>\\S+) (?<name>\\w+)\" from ")]
    private static partial Regex BoundParameter();

    [GeneratedRegex("^Nullable<(.+)>$")]
    private static partial Regex NullableName();

    [GeneratedRegex("Expected depth to be zero|reached end of data|does not contain any JSON tokens")]
    private static partial Regex CutOff();

    [GeneratedRegex("from body\\.$|^Implicit body inferred")]
    private static partial Regex MissingBody();

    [GeneratedRegex("^Required parameter \"\\S+ (?<name>\\w+)\" was not provided")]
    private static partial Regex MissingParameter();

    [GeneratedRegex("missing required properties including: (?<names>.+?)\\.( Path: |$)")]
    private static partial Regex MissingProperties();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex QuotedName();
}
