using Microsoft.AspNetCore.Http.Features;

namespace Litre.Server.Requests;

/// <summary>The record of a request, which its first middleware creates.</summary>
internal static class RequestContext
{
    public static RequestRecord Record(this HttpContext context) => context.Features.GetRequiredFeature<RequestRecord>();
}
