using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Files that messages refer to.</summary>
public sealed class AttachmentsApi
{
    private readonly RestCaller _caller;

    internal AttachmentsApi(RestCaller caller) => _caller = caller;

    /// <summary>Uploads a file. A message refers to it by what is returned; one that no message refers to is removed after a day.</summary>
    /// <param name="content">Read to its end; it must be able to tell its length and to go back, for another try.</param>
    /// <param name="type">A media type that the platform allows, such as <c>image/png</c>.</param>
    /// <exception cref="CaasException"><c>validation_failed</c>: the type is not allowed, the file is too large, or is not what it says.</exception>
    public async Task<Attachment> UploadAsync(Stream content, string name, string type, CancellationToken cancellationToken = default)
    {
        var from = content.Position;
        var place = await CreateAsync(new(name, type, content.Length - from), cancellationToken);
        await _caller.UploadAsync(place, content, from, cancellationToken);
        return new(AttachmentId: place.Id, Name: name);
    }

    /// <summary>A place to upload to, for those who upload by themselves: one request, as it says.</summary>
    public async Task<AttachmentUpload> CreateAsync(CreateAttachmentRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _caller.PostAsync<AttachmentUpload>("/v1/attachments", request, null, cancellationToken);
        }
        catch (CaasException created) when (created is { Code: "already_created", Id: not null })
        {
            // An earlier try did it, and its answer was lost.
            return (await GetAsync(created.Id, cancellationToken)).Upload ?? throw new CaasException(created.Code, created.Detail, created);
        }
    }

    /// <summary>What is known of a file, with fresh links to it, which need no credentials.</summary>
    public Task<AttachmentResponse> GetAsync(string attachmentId, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<AttachmentResponse>(Path($"/v1/attachments/{attachmentId}"), cancellationToken);
}
