// Generated from the OpenAPI document by scripts/docs/open-api-types.ts ("npm run docs").
export interface paths {
  '/v2/members/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get myself */
    get: operations['MembersApiMembersController_getMe'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/stream-key': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get my stream key */
    get: operations['MembersApiStreamKeysController_getStreamKey'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/tokens/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Renew all tokens
     * @description Each refresh token is used once and replaced. Used again within 30 seconds it gives the same new refresh token, for a client that lost the answer; any later use ends the login.
     */
    post: operations['MembersApiTokensController_refreshTokens'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List my video rooms
     * @description With `appUserId`: that member's video rooms, as far as I may watch them.
     */
    get: operations['MembersApiVideoRoomsController_listVideoRooms'];
    put?: never;
    /** Create a video room of my own */
    post: operations['MembersApiVideoRoomsController_createVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a video room
     * @description One of my own, or one that I may watch.
     */
    get: operations['MembersApiVideoRoomsController_getVideoRoom'];
    put?: never;
    post?: never;
    /**
     * Delete a video room of my own
     * @description A scheduled one is cancelled first. The answer shows it as it was, DELETED.
     */
    delete: operations['MembersApiVideoRoomsController_deleteVideoRoom'];
    options?: never;
    head?: never;
    /**
     * Change a video room of my own
     * @description What is not sent stays as it is.
     */
    patch: operations['MembersApiVideoRoomsController_updateVideoRoom'];
    trace?: never;
  };
  '/v2/members/me/video-rooms/uuid/{uuid}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a video room by its UUID */
    get: operations['MembersApiVideoRoomsController_getVideoRoomByUuid'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/start': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Go live
     * @description Also at: `/video-rooms/{videoRoomId}/rtmp-broadcast/state/live`
     */
    post: operations['MembersApiVideoRoomsController_startVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End the broadcast
     * @description Also at: `/video-rooms/{videoRoomId}/rtmp-broadcast/state/ended`
     */
    post: operations['MembersApiVideoRoomsController_endVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cancel a scheduled broadcast */
    post: operations['MembersApiVideoRoomsController_cancelVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get the channel of a video room */
    get: operations['MembersApiChannelsController_getChannel'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/join': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Join the channel
     * @description From now on the event stream tells what happens in the channel. Joining twice changes nothing.
     */
    post: operations['MembersApiChannelsController_joinChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/leave': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Leave the channel
     * @description The own LEAVED is the last event of the channel. Leaving twice changes nothing.
     */
    post: operations['MembersApiChannelsController_leaveChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/messages': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List messages of the channel
     * @description The kept messages next to one, those nearest to it first. Without one: from the newest (BEFORE) or the oldest (AFTER).
     */
    get: operations['MembersApiChannelsController_listChannelMessages'];
    put?: never;
    /** Send a message to the channel */
    post: operations['MembersApiChannelsController_sendChannelMessage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/messages/{messageId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a message of the channel */
    get: operations['MembersApiChannelsController_getChannelMessage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List members of the channel */
    get: operations['MembersApiChannelsController_listChannelMembers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/members/{appUserId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a member of the channel */
    get: operations['MembersApiChannelsController_getChannelMember'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/members/{appUserId}/set-as-operator': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make a member an operator */
    post: operations['MembersApiChannelsController_setChannelMemberAsOperator'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/members/{appUserId}/set-as-member': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make an operator a member */
    post: operations['MembersApiChannelsController_setChannelMemberAsMember'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/members/{appUserId}/ban': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ban a member from the channel
     * @description The member leaves, can not join again, and stops watching.
     */
    post: operations['MembersApiChannelsController_banChannelMember'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/channel/members/{appUserId}/unban': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Lift the ban of a member (ours) */
    post: operations['MembersApiChannelsController_unbanChannelMember'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/channels/{channelId}/messages': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List messages by the channel’s id */
    get: operations['MembersApiChannelsController_listMessagesById'];
    put?: never;
    /** Send a message by the channel’s id */
    post: operations['MembersApiChannelsController_sendMessageById'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/web-rtc-tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Issue a WebRTC token (not built yet) */
    post: operations['MembersApiVideoRoomsController_issueWebRtcToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/event-sources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Open the event stream
     * @description Server-sent events: changes of the own stream key, and all that happens in the channels that the member has joined. Whoever reconnects with the last id, as the header or the query Last-Event-ID, is told what it missed, in order and once. Ids are kept for 7 days; an older one is answered by an event of type reset: read the state anew. A comment comes every 15 s. Where no header can be sent, the access token may stand in the query accessToken.
     */
    get: operations['MembersApiEventSourcesController_openEventStream'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Member: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      appUserId: string;
      appUserName: string | null;
      appUserProfileImgUrl: string | null;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      email: string | null;
      country: string | null;
      lang: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    StreamKey: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** @enum {string} */
      streamKeyState:
        'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';
      forciblyTerminated: boolean;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
        /** @enum {string} */
        defaultRtmpOutputMode: 'RTMP' | 'CMAF' | 'RTMP_CMAF';
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
      };
      videoRoom: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        videoRoomState: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED' | 'ARCHIVED';
        type: string;
        title: string;
      } | null;
      ingestUrl: string;
      streamKey: string;
      /**
       * @description Mode of what is published now; null where nothing is.
       * @enum {string|null}
       */
      mode: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
      /**
       * @description The key's own output mode; null leaves it to the app.
       * @enum {string|null}
       */
      defaultRtmpOutputMode: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
      playUrl: string | null;
      cmafHlsPlayUrl: string | null;
      cmafDashPlayUrl: string | null;
      rtmpPlayUrl: string | null;
      httpFlvPlayUrl: string | null;
      liveUrl: string | null;
      profile: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        type: 'VIDEO' | 'THUMBNAIL' | 'PREVIEW' | 'BROADCAST_RTMP';
        name: string;
        /** @description What it says depends on its type. BROADCAST_RTMP: segmentDuration in seconds, videoStreams with pixels and bits per second, audioStream, drm. VIDEO: format (CMAF: HLS, DASH and MP4; MP4: that alone), segmentDuration, maxFrameRate, videoStreams with their short sides. THUMBNAIL: format, longSide in pixels, atFraction of the length. PREVIEW: these, seconds and frameRate. */
        profile: {
          [key: string]: unknown;
        };
        revision: number;
      };
      error: {
        code?: string;
        message: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        occurredAt?: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    MemberTokens: {
      /**
       * @description Opens the member API for 24 hours, as a Bearer token.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      accessToken: string;
      /**
       * @description Renews all three tokens, once; used within 30 days.
       * @example rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0
       */
      refreshToken: string;
      /**
       * @description Opens what the member may watch: add it to a play URL as `streamingToken`.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      streamingToken: string;
      member: components['schemas']['Member'];
    };
    MemberVideoRoom: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** Format: uuid */
      uuid: string;
      /** @enum {string} */
      type:
        | 'BROADCAST_RTMP'
        | 'VIDEO_CONFERENCE'
        | 'WEBINAR'
        | 'VIDEO_SURVEILLANCE'
        | 'BROADCAST_WEBRTC'
        | 'SURVEILLANCE'
        | 'INTERACTIVE_MEETING';
      /** @enum {string} */
      protocol: 'RTMP' | 'WEB_RTC';
      /** @enum {string} */
      videoRoomState: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED';
      forciblyTerminated: boolean;
      /** @enum {string} */
      vodState: 'NOT_ARCHIVED' | 'ARCHIVING' | 'ARCHIVED' | 'FAILED_ARCHIVING';
      vodUrl: string | null;
      accessLevel: string;
      /** @enum {string} */
      format: 'UNDEFINED' | 'RTMP' | 'CMAF' | 'RTMP_CMAF';
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
        customType: string | null;
      };
      channel: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        channelState: string;
        name: string;
      };
      /** @enum {string} */
      creatorType: 'USER' | 'APP' | 'MEMBER';
      creatorId: number;
      title: string;
      description: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      policy: {
        hasPassword: boolean;
        manuallyApproval: boolean;
        canAutoRoomCompositeRecording: boolean;
      };
      reconnectWindow: number | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      scheduledAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      cancelledAt: string | null;
      lastSessionNo: number;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      liveStartedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      liveEndedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      vodArchivedAt: string | null;
      streamKey: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        streamKeyState:
          'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';
      } | null;
      playUrl: string | null;
      cmafHlsPlayUrl: string | null;
      cmafDashPlayUrl: string | null;
      rtmpPlayUrl: string | null;
      httpFlvPlayUrl: string | null;
      liveUrl: string | null;
      videoPostId: number | null;
      videoPost: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        videoPostState: string;
        type: string;
        title: string;
      } | null;
      chat: {
        videoKey: string;
        channelKey: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        createdAt: string | null;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        closedAt: string | null;
        created: boolean;
        closed: boolean;
      };
      stats: {
        totalMemberWhitelistCount: number;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
      createdBy: null;
      lastModifiedBy: null;
    };
    Channel: {
      /**
       * @description The id of the video room, whose only channel it is.
       * @example 7
       */
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /**
       * @description Follows the room: CREATED before, OPENED during, CLOSED after the broadcast.
       * @enum {string}
       */
      channelState: 'CREATED' | 'OPENED' | 'PAUSED' | 'CLOSED';
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      /** @constant */
      referenceType: 'VIDEO_ROOM';
      referenceId: number;
      lastSessionNo: number;
      name: string;
      description: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      policy: {
        canMemberSelfJoin: boolean;
        memberAutoLeaveWhenDisconnects: boolean;
        canAutoResume: boolean;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      openedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      pausedAt: string | null;
      autoPaused: boolean;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      resumedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      closedAt: string | null;
      stats: {
        currentOnlineMemberCount: number;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    ChannelMessage: {
      /**
       * @description Rises with each message of a channel; a time in nanoseconds.
       * @example 2026-11-21T12:00:00.123456789Z
       */
      messageId: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      sentAt: string;
      /** @enum {string} */
      origin: 'MEMBER' | 'APP' | 'SYSTEM';
      /** @enum {string} */
      type: 'MESSAGE' | 'SIGNAL';
      /** @enum {string} */
      deliveryType: 'UNICAST' | 'BROADCAST';
      channelId: string;
      channelMember: components['schemas']['ChannelMessageMember'] | null;
      sessionNo: number;
      message: string | null;
      customType: string | null;
      /**
       * @description Data of your own.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: unknown;
      } | null;
    };
    ChannelMessageMember: {
      /** @enum {string} */
      type: 'OPERATOR' | 'MEMBER';
      appUser: {
        appUserId: string;
        appUserName: string;
        appUserProfileImgUrl: string;
      };
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
    };
    ChannelMember: {
      id: number;
      /** @enum {string} */
      channelMemberState: 'ONLINE' | 'OFFLINE' | 'BANNED' | 'LEAVED';
      /** @enum {string} */
      channelMemberType: 'OPERATOR' | 'MEMBER';
      appUser: {
        appUserId: string;
        appUserName: string;
        appUserProfileImgUrl: string;
        /**
         * @description Names to texts of your own; at most 10.
         * @example {
         *       "color": "red"
         *     }
         */
        appUserCustomData: {
          [key: string]: string;
        } | null;
        email: string | null;
      };
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      joinedAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      rejoinedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastSeenAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      bannedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      unbannedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      leavedAt: string | null;
      autoLeaved: boolean;
    };
    StreamedEvent: {
      /**
       * @description Rises with each message of a channel; a time in nanoseconds.
       * @example 2026-11-21T12:00:00.123456789Z
       */
      messageId: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      sentAt: string;
      /** @enum {string} */
      origin: 'MEMBER' | 'APP' | 'SYSTEM';
      /** @enum {string} */
      type: 'MESSAGE' | 'SIGNAL';
      /** @enum {string} */
      deliveryType: 'UNICAST' | 'BROADCAST';
      channelId?: string;
      /**
       * @description Of the system: JOINED, LEAVED, CHANNEL_STAT_UPDATED, CHANGE_DATA_CAPTURE.
       * @example CHANGE_DATA_CAPTURE
       */
      customType: string | null;
      /**
       * @description Data of your own.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: unknown;
      } | null;
      channelMember?: components['schemas']['ChannelMessageMember'] | null;
      sessionNo?: number;
      message?: string | null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  MembersApiMembersController_getMe: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "appUserId": "alice",
           *       "appUserName": "Alice",
           *       "appUserProfileImgUrl": "https://example.com/alice.png",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "email": "alice@example.com",
           *       "country": "text",
           *       "lang": "text",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Member'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiStreamKeysController_getStreamKey: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "streamKeyState": "INACTIVE",
           *       "forciblyTerminated": false,
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app",
           *         "defaultRtmpOutputMode": "RTMP"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoRoomState": "SCHEDULED",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "ingestUrl": "rtmp://media.example.com:1935/live",
           *       "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *       "mode": "RTMP",
           *       "defaultRtmpOutputMode": "RTMP",
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "profile": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "VIDEO",
           *         "name": "My app",
           *         "profile": {},
           *         "revision": 1
           *       },
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['StreamKey'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiTokensController_refreshTokens: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "refreshToken": "rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0"
         *     }
         */
        'application/json': {
          refreshToken: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "refreshToken": "rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0",
           *       "streamingToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "app": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "name": "My app"
           *         },
           *         "email": "alice@example.com",
           *         "country": "text",
           *         "lang": "text",
           *         "customType": "text",
           *         "customData": {
           *           "color": "red"
           *         },
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['MemberTokens'];
        };
      };
      /**
       * @description - `EMPTY_REFRESH_TOKEN`: refreshToken is required.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_REFRESH_TOKEN",
           *       "errorMessage": "refreshToken is required."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              'EMPTY_REFRESH_TOKEN' | 'INVALID_REQUEST' | 'INVALID_HTTP_MESSAGE_BODY' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `INVALID_REFRESH_TOKEN`: The refresh token is not valid, was used before, or was taken back. Log the member in again.
       *     - `EXPIRED_REFRESH_TOKEN`: The refresh token has expired. Log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REFRESH_TOKEN",
           *       "errorMessage": "The refresh token is not valid, was used before, or was taken back. Log the member in again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REFRESH_TOKEN' | 'EXPIRED_REFRESH_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_listVideoRooms: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
        appUserId?: string;
        /** @description Part of the title. */
        keyword?: string;
        videoRoomState?: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED';
        type?:
          | 'BROADCAST_RTMP'
          | 'VIDEO_CONFERENCE'
          | 'WEBINAR'
          | 'VIDEO_SURVEILLANCE'
          | 'BROADCAST_WEBRTC'
          | 'SURVEILLANCE'
          | 'INTERACTIVE_MEETING';
        accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *           "type": "BROADCAST_RTMP",
           *           "protocol": "RTMP",
           *           "videoRoomState": "SCHEDULED",
           *           "forciblyTerminated": false,
           *           "vodState": "NOT_ARCHIVED",
           *           "vodUrl": "text",
           *           "accessLevel": "PUBLIC",
           *           "format": "UNDEFINED",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png",
           *             "customType": "text"
           *           },
           *           "channel": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "channelState": "CREATED",
           *             "name": "My app"
           *           },
           *           "creatorType": "USER",
           *           "creatorId": 1,
           *           "title": "Friday show",
           *           "description": "Songs and questions",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "policy": {
           *             "hasPassword": false,
           *             "manuallyApproval": false,
           *             "canAutoRoomCompositeRecording": false
           *           },
           *           "reconnectWindow": 1,
           *           "scheduledAt": "2026-11-21T12:00:00.000Z",
           *           "cancelledAt": "2026-11-21T12:00:00.000Z",
           *           "lastSessionNo": 1,
           *           "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *           "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *           "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *           "streamKey": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "streamKeyState": "INACTIVE"
           *           },
           *           "playUrl": "text",
           *           "cmafHlsPlayUrl": "text",
           *           "cmafDashPlayUrl": "text",
           *           "rtmpPlayUrl": "text",
           *           "httpFlvPlayUrl": "text",
           *           "liveUrl": "text",
           *           "videoPostId": 1,
           *           "videoPost": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "videoPostState": "text",
           *             "type": "BROADCAST_RTMP",
           *             "title": "Friday show"
           *           },
           *           "chat": {
           *             "videoKey": "text",
           *             "channelKey": "text",
           *             "createdAt": "2026-11-21T12:00:00.000Z",
           *             "closedAt": "2026-11-21T12:00:00.000Z",
           *             "created": false,
           *             "closed": false
           *           },
           *           "stats": {
           *             "totalMemberWhitelistCount": 1
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *           "createdBy": null,
           *           "lastModifiedBy": null
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['MemberVideoRoom'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_createVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "type": "BROADCAST_RTMP",
         *       "scheduledAt": "2026-11-21T12:00:00Z",
         *       "title": "My first show"
         *     }
         */
        'application/json': {
          /** @enum {string} */
          type:
            | 'BROADCAST_RTMP'
            | 'VIDEO_CONFERENCE'
            | 'WEBINAR'
            | 'VIDEO_SURVEILLANCE'
            | 'BROADCAST_WEBRTC'
            | 'SURVEILLANCE'
            | 'INTERACTIVE_MEETING';
          /**
           * Format: date-time
           * @description ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.
           * @example 2026-11-21T12:00:00Z
           */
          scheduledAt?: string | null;
          title?: string | null;
          description?: string | null;
          /**
           * @description Who may watch. PUBLIC where nothing is said.
           * @example PUBLIC
           * @enum {string|null}
           */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.
           * @example 60
           */
          reconnectWindow?: number | null;
          /**
           * @description Asked of members who join the channel. Never shown again; null or an empty text removes it.
           * @example open sesame
           */
          password?: string | null;
          /**
           * @description Stored and shown in `policy`: participants wait until they are approved.
           * @example false
           */
          manuallyApproval?: boolean | null;
          /**
           * @description Stored and shown in `policy`: the whole room is recorded by itself.
           * @example false
           */
          canAutoRoomCompositeRecording?: boolean | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_VIDEO_ROOM_TYPE`: type is required, for example BROADCAST_RTMP.
       *     - `EMPTY_VIDEO_ROOM_SCHEDULED_AT`: scheduledAt is required, an ISO 8601 time.
       *     - `MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY`: In this app members can not create video rooms themselves.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_VIDEO_ROOM_TYPE",
           *       "errorMessage": "type is required, for example BROADCAST_RTMP."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'EMPTY_VIDEO_ROOM_TYPE'
              | 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'
              | 'MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_getVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_deleteVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_IS_LIVE`: The video room is live. End its broadcast first.
       *     - `VIDEO_ROOM_IS_ARCHIVING`: The recording of the video room is being archived. Wait until that is done.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_IS_LIVE",
           *       "errorMessage": "The video room is live. End its broadcast first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_IS_LIVE' | 'VIDEO_ROOM_IS_ARCHIVING' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_updateVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "title": "A better title",
         *       "accessLevel": "MEMBER"
         *     }
         */
        'application/json': {
          title?: string | null;
          description?: string | null;
          /**
           * @description Who may watch. PUBLIC where nothing is said.
           * @example PUBLIC
           * @enum {string|null}
           */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.
           * @example 60
           */
          reconnectWindow?: number | null;
          /**
           * @description Asked of members who join the channel. Never shown again; null or an empty text removes it.
           * @example open sesame
           */
          password?: string | null;
          /**
           * @description Stored and shown in `policy`: participants wait until they are approved.
           * @example false
           */
          manuallyApproval?: boolean | null;
          /**
           * @description Stored and shown in `policy`: the whole room is recorded by itself.
           * @example false
           */
          canAutoRoomCompositeRecording?: boolean | null;
          /**
           * Format: date-time
           * @description ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.
           * @example 2026-11-21T12:00:00Z
           */
          scheduledAt?: string | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `EMPTY_VIDEO_ROOM_SCHEDULED_AT`: scheduledAt is required, an ISO 8601 time.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_STATE_NOT_SCHEDULED",
           *       "errorMessage": "The video room is not SCHEDULED any more."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_getVideoRoomByUuid: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The video room's `uuid`. */
        uuid: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_startVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `STREAM_KEY_STATE_NOT_ACTIVE`: The stream key is not ACTIVE. Publish, wait until it is ACTIVE, then go live.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'REQUEST_LOCKED'
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'STREAM_KEY_STATE_NOT_ACTIVE'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_endVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE`: The video room is not LIVE_INACTIVE. Stop the encoder first, or force the end.
       *     - `STREAM_KEY_STATE_NOT_INACTIVE_LIVE`: The encoder is still connected. Stop it first, or force the end.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'REQUEST_LOCKED'
              | 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE'
              | 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_cancelVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'REQUEST_LOCKED'
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CONTROL_PLANE_UNAVAILABLE`: The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.
       *     - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again.
       */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CONTROL_PLANE_UNAVAILABLE",
           *       "errorMessage": "The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CONTROL_PLANE_UNAVAILABLE' | 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_getChannel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 7,
           *       "state": "ACTIVE",
           *       "channelState": "CREATED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "referenceType": "VIDEO_ROOM",
           *       "referenceId": 1,
           *       "lastSessionNo": 1,
           *       "name": "My app",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "canMemberSelfJoin": false,
           *         "memberAutoLeaveWhenDisconnects": false,
           *         "canAutoResume": false
           *       },
           *       "openedAt": "2026-11-21T12:00:00.000Z",
           *       "pausedAt": "2026-11-21T12:00:00.000Z",
           *       "autoPaused": false,
           *       "resumedAt": "2026-11-21T12:00:00.000Z",
           *       "closedAt": "2026-11-21T12:00:00.000Z",
           *       "stats": {
           *         "currentOnlineMemberCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Channel'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_joinChannel: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "password": "open sesame",
         *       "customType": "viewer"
         *     }
         */
        'application/json': {
          /**
           * @description The password of the room, where it has one.
           * @example open sesame
           */
          password?: string | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
        };
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_STATE_CLOSED`: The channel is closed, since its broadcast is over.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED`: customData takes at most 10 entries.
       *     - `CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED`: A customData name takes at most 50 characters.
       *     - `CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED`: A customData value takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_STATE_CLOSED",
           *       "errorMessage": "The channel is closed, since its broadcast is over."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CHANNEL_STATE_CLOSED'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `INVALID_VIDEO_ROOM_PASSWORD`: The password of this video room is wrong or missing.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_ACCESS_DENIED'
              | 'CHANNEL_MEMBER_BANNED'
              | 'INVALID_VIDEO_ROOM_PASSWORD'
              | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `TOO_MANY_WRONG_PASSWORDS`: Too many wrong passwords. Wait a minute.
       *     - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says.
       */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_WRONG_PASSWORDS",
           *       "errorMessage": "Too many wrong passwords. Wait a minute."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_WRONG_PASSWORDS' | 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_leaveChannel: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_listChannelMessages: {
    parameters: {
      query?: {
        /** @description The message to go on from; it is not listed itself. */
        messageId?: string;
        /** @description Older ones (BEFORE, default) or newer ones (AFTER); those nearest to the message come first. */
        direction?: 'BEFORE' | 'AFTER';
        /** @description Messages of one answer, 20 by default. More than 100 counts as 100. */
        limit?: number;
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "messageId": "2026-11-21T12:00:00.123456789Z",
           *           "sentAt": "2026-11-21T12:00:00.000Z",
           *           "origin": "MEMBER",
           *           "type": "MESSAGE",
           *           "deliveryType": "UNICAST",
           *           "channelId": "text",
           *           "channelMember": {
           *             "type": "OPERATOR",
           *             "appUser": {
           *               "appUserId": "alice",
           *               "appUserName": "Alice",
           *               "appUserProfileImgUrl": "https://example.com/alice.png"
           *             },
           *             "customType": "text",
           *             "customData": {
           *               "color": "red"
           *             }
           *           },
           *           "sessionNo": 1,
           *           "message": "No picture came within 20 s.",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           }
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['ChannelMessage'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /**
       * @description - `CHANNEL_NOT_JOINED`: Join the channel first.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_JOINED",
           *       "errorMessage": "Join the channel first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_JOINED' | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MESSAGE_NOT_FOUND`: There is no such message in this channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_sendChannelMessage: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "type": "MESSAGE",
         *       "message": "Hello!",
         *       "persistence": true
         *     }
         */
        'application/json': {
          /**
           * @description MESSAGE (default) or SIGNAL.
           * @example MESSAGE
           * @enum {string|null}
           */
          type?: 'MESSAGE' | 'SIGNAL' | null;
          message?: string | null;
          customType?: string | null;
          customData?: {
            [key: string]: unknown;
          } | null;
          /**
           * @description Whether it is kept and listed; by default a MESSAGE is, a SIGNAL is not.
           * @example true
           */
          persistence?: boolean | null;
        };
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_STATE_CLOSED`: The channel is closed, since its broadcast is over.
       *     - `CHANNEL_NOT_JOINED`: Join the channel first.
       *     - `EMPTY_CHANNEL_MESSAGE`: A message needs message, customType or customData.
       *     - `CHAT_MESSAGE_HAS_BANNED_WORD`: The message contains a word that this app has banned.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_STATE_CLOSED",
           *       "errorMessage": "The channel is closed, since its broadcast is over."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CHANNEL_STATE_CLOSED'
              | 'CHANNEL_NOT_JOINED'
              | 'EMPTY_CHANNEL_MESSAGE'
              | 'CHAT_MESSAGE_HAS_BANNED_WORD'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_getChannelMessage: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description Id of a message */
        messageId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "messageId": "2026-11-21T12:00:00.123456789Z",
           *       "sentAt": "2026-11-21T12:00:00.000Z",
           *       "origin": "MEMBER",
           *       "type": "MESSAGE",
           *       "deliveryType": "UNICAST",
           *       "channelId": "text",
           *       "channelMember": {
           *         "type": "OPERATOR",
           *         "appUser": {
           *           "appUserId": "alice",
           *           "appUserName": "Alice",
           *           "appUserProfileImgUrl": "https://example.com/alice.png"
           *         },
           *         "customType": "text",
           *         "customData": {
           *           "color": "red"
           *         }
           *       },
           *       "sessionNo": 1,
           *       "message": "No picture came within 20 s.",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       }
           *     }
           */
          'application/json': components['schemas']['ChannelMessage'];
        };
      };
      /** @description - `CHANNEL_NOT_JOINED`: Join the channel first. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_JOINED",
           *       "errorMessage": "Join the channel first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_JOINED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MESSAGE_NOT_FOUND`: There is no such message in this channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_listChannelMembers: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "channelMemberState": "ONLINE",
           *           "channelMemberType": "OPERATOR",
           *           "appUser": {
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png",
           *             "appUserCustomData": {
           *               "color": "red"
           *             },
           *             "email": "alice@example.com"
           *           },
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "joinedAt": "2026-11-21T12:00:00.000Z",
           *           "rejoinedAt": "2026-11-21T12:00:00.000Z",
           *           "lastSeenAt": "2026-11-21T12:00:00.000Z",
           *           "bannedAt": "2026-11-21T12:00:00.000Z",
           *           "unbannedAt": "2026-11-21T12:00:00.000Z",
           *           "leavedAt": "2026-11-21T12:00:00.000Z",
           *           "autoLeaved": false
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['ChannelMember'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /**
       * @description - `CHANNEL_NOT_JOINED`: Join the channel first.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_JOINED",
           *       "errorMessage": "Join the channel first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_JOINED' | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_getChannelMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member, in the words of the app */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "channelMemberState": "ONLINE",
           *       "channelMemberType": "OPERATOR",
           *       "appUser": {
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "appUserCustomData": {
           *           "color": "red"
           *         },
           *         "email": "alice@example.com"
           *       },
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "joinedAt": "2026-11-21T12:00:00.000Z",
           *       "rejoinedAt": "2026-11-21T12:00:00.000Z",
           *       "lastSeenAt": "2026-11-21T12:00:00.000Z",
           *       "bannedAt": "2026-11-21T12:00:00.000Z",
           *       "unbannedAt": "2026-11-21T12:00:00.000Z",
           *       "leavedAt": "2026-11-21T12:00:00.000Z",
           *       "autoLeaved": false
           *     }
           */
          'application/json': components['schemas']['ChannelMember'];
        };
      };
      /** @description - `CHANNEL_NOT_JOINED`: Join the channel first. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_JOINED",
           *       "errorMessage": "Join the channel first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_JOINED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MEMBER_NOT_FOUND`: This member never joined the channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_setChannelMemberAsOperator: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member, in the words of the app */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_OWNER_NOT_CHANGEABLE`: The owner of the video room stays an operator of its channel.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_OWNER_NOT_CHANGEABLE",
           *       "errorMessage": "The owner of the video room stays an operator of its channel."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_OWNER_NOT_CHANGEABLE' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_OPERATOR_REQUIRED`: Only operators of the channel can do this.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_OPERATOR_REQUIRED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MEMBER_NOT_FOUND`: This member never joined the channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_setChannelMemberAsMember: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member, in the words of the app */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_OWNER_NOT_CHANGEABLE`: The owner of the video room stays an operator of its channel.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_OWNER_NOT_CHANGEABLE",
           *       "errorMessage": "The owner of the video room stays an operator of its channel."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_OWNER_NOT_CHANGEABLE' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_OPERATOR_REQUIRED`: Only operators of the channel can do this.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_OPERATOR_REQUIRED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MEMBER_NOT_FOUND`: This member never joined the channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_banChannelMember: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member, in the words of the app */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_OWNER_NOT_CHANGEABLE`: The owner of the video room stays an operator of its channel.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_OWNER_NOT_CHANGEABLE",
           *       "errorMessage": "The owner of the video room stays an operator of its channel."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_OWNER_NOT_CHANGEABLE' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_OPERATOR_REQUIRED`: Only operators of the channel can do this.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_OPERATOR_REQUIRED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MEMBER_NOT_FOUND`: This member never joined the channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_unbanChannelMember: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
        /** @description The member, in the words of the app */
        appUserId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_OWNER_NOT_CHANGEABLE`: The owner of the video room stays an operator of its channel.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_OWNER_NOT_CHANGEABLE",
           *       "errorMessage": "The owner of the video room stays an operator of its channel."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_OWNER_NOT_CHANGEABLE' | 'INVALID_REQUEST' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_OPERATOR_REQUIRED`: Only operators of the channel can do this.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_OPERATOR_REQUIRED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app.
       *     - `CHANNEL_MEMBER_NOT_FOUND`: This member never joined the channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND' | 'CHANNEL_MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_listMessagesById: {
    parameters: {
      query?: {
        /** @description The message to go on from; it is not listed itself. */
        channelMessageId?: string;
        /** @description Newer ones (GREATER_THAN, default) or older ones (LESS_THAN). */
        sortBy?: 'GREATER_THAN' | 'LESS_THAN';
        /** @description Messages of one answer, 20 by default. More than 100 counts as 100. */
        limit?: number;
      };
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        channelId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "messageId": "2026-11-21T12:00:00.123456789Z",
           *           "sentAt": "2026-11-21T12:00:00.000Z",
           *           "origin": "MEMBER",
           *           "type": "MESSAGE",
           *           "deliveryType": "UNICAST",
           *           "channelId": "text",
           *           "channelMember": {
           *             "type": "OPERATOR",
           *             "appUser": {
           *               "appUserId": "alice",
           *               "appUserName": "Alice",
           *               "appUserProfileImgUrl": "https://example.com/alice.png"
           *             },
           *             "customType": "text",
           *             "customData": {
           *               "color": "red"
           *             }
           *           },
           *           "sessionNo": 1,
           *           "message": "No picture came within 20 s.",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           }
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['ChannelMessage'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /**
       * @description - `CHANNEL_NOT_JOINED`: Join the channel first.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_JOINED",
           *       "errorMessage": "Join the channel first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_JOINED' | 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `CHANNEL_NOT_FOUND`: There is no such channel in this app.
       *     - `CHANNEL_MESSAGE_NOT_FOUND`: There is no such message in this channel.
       */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_FOUND",
           *       "errorMessage": "There is no such channel in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_FOUND' | 'CHANNEL_MESSAGE_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiChannelsController_sendMessageById: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        channelId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "type": "MESSAGE",
         *       "message": "Hello!",
         *       "persistence": true
         *     }
         */
        'application/json': {
          /**
           * @description MESSAGE (default) or SIGNAL.
           * @example MESSAGE
           * @enum {string|null}
           */
          type?: 'MESSAGE' | 'SIGNAL' | null;
          message?: string | null;
          customType?: string | null;
          customData?: {
            [key: string]: unknown;
          } | null;
          /**
           * @description Whether it is kept and listed; by default a MESSAGE is, a SIGNAL is not.
           * @example true
           */
          persistence?: boolean | null;
        };
      };
    };
    responses: {
      /** @description Done; there is no body. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `CHANNEL_STATE_CLOSED`: The channel is closed, since its broadcast is over.
       *     - `CHANNEL_NOT_JOINED`: Join the channel first.
       *     - `EMPTY_CHANNEL_MESSAGE`: A message needs message, customType or customData.
       *     - `CHAT_MESSAGE_HAS_BANNED_WORD`: The message contains a word that this app has banned.
       *     - `CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED`: customType takes at most 50 characters.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_STATE_CLOSED",
           *       "errorMessage": "The channel is closed, since its broadcast is over."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'CHANNEL_STATE_CLOSED'
              | 'CHANNEL_NOT_JOINED'
              | 'EMPTY_CHANNEL_MESSAGE'
              | 'CHAT_MESSAGE_HAS_BANNED_WORD'
              | 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `CHANNEL_MEMBER_BANNED`: An operator has banned this member from the channel.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'CHANNEL_MEMBER_BANNED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `CHANNEL_NOT_FOUND`: There is no such channel in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "CHANNEL_NOT_FOUND",
           *       "errorMessage": "There is no such channel in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'CHANNEL_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_issueWebRtcToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is no body. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `NOT_BUILT_YET`: This call is published by FlipFlop and not built here yet. */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "NOT_BUILT_YET",
           *       "errorMessage": "This call is published by FlipFlop and not built here yet."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'NOT_BUILT_YET';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiEventSourcesController_openEventStream: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "messageId": "2026-11-21T12:00:00.123456789Z",
           *       "sentAt": "2026-11-21T12:00:00.000Z",
           *       "origin": "MEMBER",
           *       "type": "MESSAGE",
           *       "deliveryType": "UNICAST",
           *       "channelId": "text",
           *       "customType": "CHANGE_DATA_CAPTURE",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "channelMember": {
           *         "type": "OPERATOR",
           *         "appUser": {
           *           "appUserId": "alice",
           *           "appUserName": "Alice",
           *           "appUserProfileImgUrl": "https://example.com/alice.png"
           *         },
           *         "customType": "text",
           *         "customData": {
           *           "color": "red"
           *         }
           *       },
           *       "sessionNo": 1,
           *       "message": "No picture came within 20 s."
           *     }
           */
          'text/event-stream': components['schemas']['StreamedEvent'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
}
