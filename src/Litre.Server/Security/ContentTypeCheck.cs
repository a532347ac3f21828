using Litre.Server.Errors;
using Microsoft.Net.Http.Headers;

namespace Litre.Server.Security;

/// <summary>Requires JSON for bodies: browsers send other types across origins without asking.</summary>
internal sealed class ContentTypeCheck : IMiddleware
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        !HttpMethods.IsPost(context.Request.Method) || IsJson(context.Request.ContentType)
            ? next(context)
            : throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType,
                "the body must be JSON; send it with the header Content-Type: application/json",
                code: "unsupported_media_type"
            );

    private static bool IsJson(string? type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
        && parsed.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
}
