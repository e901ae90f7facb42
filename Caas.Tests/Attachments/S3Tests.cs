using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Caas.Adapters.Files;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Tests.Gateway;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Attachments;

/// <summary>Attachments in a bucket: clients upload and download there by themselves.</summary>
public sealed class S3Tests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FaultLog _faults = new();
    private readonly HttpClient _http = new();
    private S3TestServer _bucket = null!;
    private WebApplication _gateway = null!;
    private Api _backend = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bucket = await S3TestServer.StartAsync();
        _gateway = GatewayFixture.Build(_folder, new(), _faults, new()
        {
            ["Caas:Attachments:S3:Endpoint"] = _bucket.Endpoint,
            ["Caas:Attachments:S3:Bucket"] = S3TestServer.Bucket,
            ["Caas:Attachments:S3:AccessKey"] = S3TestServer.AccessKey,
            ["Caas:Attachments:S3:SecretKey"] = S3TestServer.SecretKey,
            ["Caas:Attachments:S3:Region"] = S3TestServer.Region,
            ["Caas:Attachments:PublicUrl"] = "https://chat.example.com",
        });
        await _gateway.StartAsync(Cancelled);
        _http.BaseAddress = new(_gateway.Urls.First());
        var admin = new Api(_http, ("Authorization", $"Bearer {GatewayFixture.AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = "acme", name = "Acme" })).Expect(HttpStatusCode.Created);
        _backend = new(_http, ("X-Api-Key", (await admin.PostAsync("/v1/tenants/acme/api-keys", new { name = "k" })).Expect(HttpStatusCode.Created)["key"].GetString()!));
        (await _backend.PostAsync("/v1/conversations", new { type = "group", id = "room" })).Expect(HttpStatusCode.Created);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.StopAsync(CancellationToken.None);
        await _gateway.DisposeAsync();
        await _bucket.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
        Assert.True(_faults.Lines.IsEmpty, string.Join(Environment.NewLine, _faults.Lines));
    }

    /// <summary>The example of AWS's own page on signatures in the query ("Authenticating Requests: Using Query Parameters").</summary>
    [Fact]
    public void A_presigned_url_is_that_of_the_published_example()
    {
        var signer = new S3Signer(new() { Endpoint = "https://s3.amazonaws.com", Bucket = "examplebucket", AccessKey = "AKIAIOSFODNN7EXAMPLE", SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", PathStyle = false });
        var url = signer.Presign("GET", "test.txt", DateTimeOffset.Parse("2013-05-24T00:00:00Z", CultureInfo.InvariantCulture), TimeSpan.FromDays(1));
        Assert.Equal(
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            url.AbsoluteUri);
    }

    [Fact]
    public async Task An_image_goes_to_the_bucket_and_comes_from_there()
    {
        var image = Pictures.Make(800, 400);
        var place = await PlaceAsync("hölzern & \"fein\".jpg", "image/jpeg", image.Length);
        Assert.StartsWith(_bucket.Endpoint, place["uploadUrl"].GetString(), StringComparison.Ordinal);
        Assert.Equal($"https://chat.example.com/v1/attachments/{place.Id}", place["url"].GetString());
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "image/jpeg", image));
        Assert.Equal([$"incoming/acme/{place.Id}"], _bucket.Keys);

        // The message itself makes it ready: nobody has asked for it before.
        var sent = (await _backend.PostAsync("/v1/conversations/room/messages", new { attachments = new[] { new { attachmentId = place.Id } } })).Expect(HttpStatusCode.Created);
        Assert.Equal((800, 400), (sent["attachments"][0].GetProperty("width").GetInt32(), sent["attachments"][0].GetProperty("height").GetInt32()));
        Assert.Equal([$"acme/{place.Id}", $"acme/{place.Id}.thumbnail"], _bucket.Keys);

        var found = (await _backend.GetAsync($"/v1/attachments/{place.Id}")).Expect(HttpStatusCode.OK);
        using var answer = await _http.GetAsync(found["downloadUrl"].GetString()!, Cancelled);
        Assert.Equal(image, await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(Cancelled));
        Assert.Equal(("image/jpeg", "inline; filename=\"h_lzern & _fein_.jpg\"; filename*=UTF-8''h%C3%B6lzern%20%26%20%22fein%22.jpg"), (answer.Content.Headers.ContentType!.ToString(), answer.Content.Headers.GetValues("Content-Disposition").Single()));
        Assert.NotEmpty(await _http.GetByteArrayAsync(found["thumbnailUrl"].GetString()!, Cancelled));

        // The link to upload is still good, and changes nothing any more.
        await PutAsync(place, "image/jpeg", [.. image.Select(_ => (byte)'x')]);
        Assert.Equal(image, await _http.GetByteArrayAsync((await _backend.GetAsync($"/v1/attachments/{place.Id}"))["downloadUrl"].GetString()!, Cancelled));
        Assert.Empty(_bucket.Refused);
    }

    [Fact]
    public async Task The_bucket_itself_refuses_another_length_type_object_or_a_link_that_was_changed()
    {
        var place = await PlaceAsync("a.txt", "text/plain", 5);
        var url = place["uploadUrl"].GetString()!;
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(place, "text/plain", "hello!"u8.ToArray()));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(place, "text/html", "hello"u8.ToArray()));
        foreach (var changed in new[] { url.Replace(place.Id, Guid.NewGuid().ToString(), StringComparison.Ordinal), url.Replace("X-Amz-Expires=3", "X-Amz-Expires=9", StringComparison.Ordinal), url[..^4] + "0000" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(changed, "text/plain", "hello"u8.ToArray()));
        }

        Assert.Empty(_bucket.Keys);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "text/plain", "hello"u8.ToArray()));
    }

    [Fact]
    public async Task What_was_uploaded_is_judged_before_anybody_gets_it()
    {
        var place = await PlaceAsync("a.png", "image/png", 5);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "image/png", "<html"u8.ToArray()));
        (await _backend.PostAsync("/v1/conversations/room/messages", new { attachments = new[] { new { attachmentId = place.Id } } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "content");
        Assert.Empty(_bucket.Keys);
        Assert.Equal("pending", (await _backend.GetAsync($"/v1/attachments/{place.Id}")).Expect(HttpStatusCode.OK)["status"].GetString());
    }

    [Fact]
    public async Task A_bucket_out_of_reach_is_told_and_loses_nothing()
    {
        var place = await PlaceAsync("a.txt", "text/plain", 5);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "text/plain", "hello"u8.ToArray()));
        var body = new { attachments = new[] { new { attachmentId = place.Id } } };
        _bucket.IsDown = true;
        (await _backend.PostAsync("/v1/conversations/room/messages", body)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await _backend.PostAsync("/v1/conversations/room/messages", new { text = "hello" })).Expect(HttpStatusCode.Created);
        _bucket.IsDown = false;
        (await _backend.PostAsync("/v1/conversations/room/messages", body)).Expect(HttpStatusCode.Created);
        Assert.Equal([$"acme/{place.Id}"], _bucket.Keys);
        await _gateway.Services.GetRequiredService<IAttachmentFiles>().DeleteAsync(new("acme"), place.Id, Cancelled);
        Assert.Empty(_bucket.Keys);
    }

    [Fact]
    public async Task A_call_that_ends_while_the_file_is_taken_loses_nothing()
    {
        var place = await PlaceAsync("a.txt", "text/plain", 5);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "text/plain", "hello"u8.ToArray()));
        using var caller = new CancellationTokenSource();
        _bucket.Done = _ => caller.Cancel();
        var ready = await _gateway.Services.GetRequiredService<AttachmentIntake>().CompleteAsync(await FindAsync(place), caller.Token);
        Assert.Equal((AttachmentStatus.Ready, true), (ready.Status, caller.IsCancellationRequested));
        Assert.Equal([$"acme/{place.Id}"], _bucket.Keys);
        (await _backend.PostAsync("/v1/conversations/room/messages", new { attachments = new[] { new { attachmentId = place.Id } } })).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Where_the_bucket_may_not_be_listed_nothing_uploaded_is_not_taken_for_out_of_reach()
    {
        _bucket.HidesMissing = _bucket.RefusesReading = true;
        var place = await PlaceAsync("a.txt", "text/plain", 5);
        var body = new { attachments = new[] { new { attachmentId = place.Id } } };
        (await _backend.PostAsync("/v1/conversations/room/messages", body)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        _bucket.RefusesReading = false;
        (await _backend.PostAsync("/v1/conversations/room/messages", body)).ExpectProblem(HttpStatusCode.Conflict, "attachment_not_ready");
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "text/plain", "hello"u8.ToArray()));
        (await _backend.PostAsync("/v1/conversations/room/messages", body)).Expect(HttpStatusCode.Created);
        Assert.Empty(_bucket.Refused);
    }

    [Fact]
    public async Task Two_calls_that_take_a_file_at_once_both_have_it()
    {
        var place = await PlaceAsync("a.txt", "text/plain", 5);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(place, "text/plain", "hello"u8.ToArray()));
        var (intake, first) = (_gateway.Services.GetRequiredService<AttachmentIntake>(), true);
        _bucket.Before = async request =>
        {
            if (first && request.StartsWith("GET incoming/", StringComparison.Ordinal))
            {
                // The other one comes, takes it, and has cleared it away before this one reads.
                first = false;
                Assert.Equal(AttachmentStatus.Ready, (await intake.CompleteAsync(await FindAsync(place), Cancelled)).Status);
            }
        };
        (await _backend.PostAsync("/v1/conversations/room/messages", new { attachments = new[] { new { attachmentId = place.Id } } })).Expect(HttpStatusCode.Created);
        Assert.False(first);
    }

    [Fact]
    public async Task A_gateway_that_died_between_taking_a_file_and_saying_so_has_lost_nothing()
    {
        var image = Pictures.Make(60, 30);
        var place = await PlaceAsync("a.jpg", "image/jpeg", image.Length);
        _bucket.Put($"acme/{place.Id}", image);
        _bucket.Put($"acme/{place.Id}.thumbnail", image);
        var found = (await _backend.GetAsync($"/v1/attachments/{place.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("ready", 60, true), (found["status"].GetString(), found["width"].GetInt32(), found["thumbnailUrl"].GetString() is not null));
    }

    private async Task<StoredAttachment> FindAsync(Answer place) => Assert.Single(await _gateway.Services.GetRequiredService<IAttachmentStore>().FindManyAsync(new("acme"), [place.Id], Cancelled));

    private async Task<Answer> PlaceAsync(string name, string type, int size) => (await _backend.PostAsync("/v1/attachments", new { name, type, size })).Expect(HttpStatusCode.Created);

    private Task<HttpStatusCode> PutAsync(Answer place, string type, byte[] content) => PutAsync(place["uploadUrl"].GetString()!, type, content);

    private async Task<HttpStatusCode> PutAsync(string url, string type, byte[] content)
    {
        using var body = new ByteArrayContent(content) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        using var answer = await _http.PutAsync(url, body, Cancelled);
        return answer.StatusCode;
    }
}
