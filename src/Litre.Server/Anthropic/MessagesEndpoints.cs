using Microsoft.AspNetCore.Routing;

namespace Litre.Server.Anthropic;

/// <summary>POST /v1/messages and /v1/messages/count_tokens.</summary>
internal static class MessagesEndpoints
{
    public static void Add(IServiceCollection services) => services.AddSingleton<MessagesHandler>().AddSingleton(MessagesErrors.Shape);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/messages", (HttpContext context, MessagesHandler handler) => handler.AnswerAsync(context))
            .WithName("createMessage")
            .WithSummary("Answers a conversation, in Anthropic's form.")
            .WithTags("Anthropic");
        routes
            .MapPost("/v1/messages/count_tokens", (HttpContext context, MessagesHandler handler) => handler.CountAsync(context))
            .WithName("countMessageTokens")
            .WithSummary("The number of tokens of a conversation, images included.")
            .WithTags("Anthropic");
    }
}
