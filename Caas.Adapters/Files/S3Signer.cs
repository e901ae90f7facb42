using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Caas.Core.Attachments;

namespace Caas.Adapters.Files;

/// <summary>
/// Presigned URLs of S3: AWS Signature Version 4 in the query, of an unsigned payload
/// (<see href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"/>). Tested with the example there.
/// </summary>
internal sealed class S3Signer(S3Options options)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    private readonly Uri _base = BaseOf(options);

    /// <param name="key">The object; <c>/</c> in it parts folders.</param>
    /// <param name="headers">Headers that must be sent exactly so; their names in lower case. The host is signed in any case.</param>
    /// <param name="query">Further parameters.</param>
    public Uri Presign(string method, string key, DateTimeOffset now, TimeSpan expiry, IReadOnlyDictionary<string, string>? headers = null, IReadOnlyDictionary<string, string>? query = null)
    {
        var (time, date) = (now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture), now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        var scope = $"{date}/{options.Region}/s3/aws4_request";
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = _base.Authority };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            signed[name] = value.Trim();
        }

        var names = string.Join(';', signed.Keys);
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["X-Amz-Algorithm"] = Algorithm,
            ["X-Amz-Credential"] = $"{options.AccessKey}/{scope}",
            ["X-Amz-Date"] = time,
            ["X-Amz-Expires"] = ((long)expiry.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            ["X-Amz-SignedHeaders"] = names,
        };
        foreach (var (name, value) in query ?? new Dictionary<string, string>())
        {
            parameters[name] = value;
        }

        var path = _base.AbsolutePath.TrimEnd('/') + "/" + string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        var canonicalQuery = string.Join('&', parameters.Select(parameter => $"{Uri.EscapeDataString(parameter.Key)}={Uri.EscapeDataString(parameter.Value)}"));
        var canonical = $"{method}\n{path}\n{canonicalQuery}\n{string.Concat(signed.Select(header => $"{header.Key}:{header.Value}\n"))}\n{names}\nUNSIGNED-PAYLOAD";
        var toSign = $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(KeyOf(date), Encoding.UTF8.GetBytes(toSign)));
        return new($"{_base.Scheme}://{_base.Authority}{path}?{canonicalQuery}&X-Amz-Signature={signature}");
    }

    /// <summary>The path of an object as other requests name it (<c>x-amz-copy-source</c>).</summary>
    public string SourceOf(string key) => $"/{options.Bucket}/{key}";

    private byte[] KeyOf(string date)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + options.SecretKey);
        foreach (var part in new[] { date, options.Region, "s3", "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return key;
    }

    private static Uri BaseOf(S3Options options)
    {
        var endpoint = new Uri(options.Endpoint);
        return options.PathStyle
            ? new($"{endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{Uri.EscapeDataString(options.Bucket)}")
            : new UriBuilder(endpoint) { Host = $"{options.Bucket}.{endpoint.Host}" }.Uri;
    }
}
