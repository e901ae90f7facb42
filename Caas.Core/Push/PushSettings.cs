using System.Text.Json;
using Caas.Contracts;
using Microsoft.Extensions.Configuration;

namespace Caas.Core.Push;

/// <summary>The platform's own accounts as settings have them. What is empty is not set: that is how a file of variables leaves a service out.</summary>
internal static class PushSettings
{
    public static void Read(IConfiguration section, PushOptions options)
    {
        string? Of(string name) => section[name] is { Length: > 0 } text ? text : null;
        options.Fcm ??= Of("Fcm:ServiceAccount") is { } json ? ServiceAccount(json)
            : (Of("Fcm:ProjectId"), Of("Fcm:ClientEmail"), Of("Fcm:PrivateKey")) is var (project, client, key) && (project ?? client ?? key) is not null ? new(project ?? "", client ?? "", Pem(key))
            : null;
        options.Apns ??= (Of("Apns:TeamId"), Of("Apns:KeyId"), Of("Apns:BundleId") ?? Of("Apns:Topic"), Of("Apns:PrivateKey")) is var (team, id, bundle, signing) && (team ?? id ?? bundle ?? signing) is not null
            ? new(team ?? "", id ?? "", bundle ?? "", Pem(signing), Of("Apns:Sandbox") is { } sandbox ? bool.TryParse(sandbox, out var yes) && yes : null)
            : null;
        options.WebPushSubject = options.WebPushSubject is { Length: > 0 } subject ? subject : Of("WebPush:Subject");
    }

    /// <summary>The JSON as Firebase gives it. What is none is an account without fields, which stops the host and is named.</summary>
    private static FcmAccount ServiceAccount(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            string Field(string name) => document.RootElement.TryGetProperty(name, out var field) ? field.GetString() ?? "" : "";
            return new(Field("project_id"), Field("client_email"), Field("private_key"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new("", "", "");
        }
    }

    /// <summary>Also on one line: the ends of its lines as JSON writes them, or without its first and last one.</summary>
    private static string Pem(string? text) => text switch
    {
        null => "",
        _ when text.Contains("-----", StringComparison.Ordinal) => text.Replace("\\n", "\n", StringComparison.Ordinal),
        _ => $"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----",
    };
}
